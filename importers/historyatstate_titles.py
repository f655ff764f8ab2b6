"""Titles in the texts: which words are one, which office each means, and how high it stands."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from importers.historyatstate_states import FORM_PATTERN

_PORTFOLIO_WORD: Final = (
    r"(?:Foreign|External|European|International|National|Regional|Public|Home|Internal|Economic|Political|"
    r"Religious|Overseas|Federal|Affairs|Relations|Expatriates|Cooperation|Co-operation|Worship|Trade|"
    r"Defen[cs]e|Interior|Justice|Finance|Economy|Economics|Industry|Energy|Health|Commerce|Security|"
    r"Development|Integration|Immigration|Human|Mobility|Education|Agriculture|Culture|Science|Technology|"
    r"Environment|Planning|Information|Labor|Oil|Petroleum|Treasury|Transport|War|Policy|Armed Forces|"
    r"Diaspora|Gulf|Community|Commonwealth|Exterior|Multilateral|Tourism|Refugees|Homeland|Nationals|Abroad|"
    r"African|Arab|Asian|Research|Climate|Dialogue|Francophonie|Worldwide|Senegalese|Abroad|Strategic|Civil|"
    r"Aviation|Social|Peace|Reform|Housing|Institutions)"
)
_NOT_OWN: Final = r"(?! (?:Minister|Secretary|Advis[eo]r|President|Commission|Parliament|Council))"
_PORTFOLIO: Final = rf"(?:the )?{_PORTFOLIO_WORD}{_NOT_OWN}(?:(?:,? and the|,? and|,)? {_PORTFOLIO_WORD}{_NOT_OWN})*"
_RANK_WORD: Final = (
    r"(?:(?:Deputy|Vice|Acting|Interim|Caretaker|Transitional|Provisional|Alternate|Assistant|First|Second|"
    r"Senior|Federal|Chief|Special|Personal|Permanent|Executive|Under|Union|Lord|State|Quartet|designate|"
    r"Hereditary|Opposition|Royal|National|Supreme) )"
)
_CORE: Final = (
    rf"(?:European Commission (?:Vice[- ])?President|Vice[- ]Presidents?|Presidents?|Prime Ministers?|"
    rf"Premiers?|Chancellors?|Taoiseach|{_PORTFOLIO_WORD}(?:(?:,? and|,)? {_PORTFOLIO_WORD})* (?:Ministers?|"
    rf"Secretar(?:y|ies))|Ministers?-President|Ministers? of State(?: (?:for|of|at the) {_PORTFOLIO}| at "
    rf"the Foreign Office)?|Ministers? (?:of|for) {_PORTFOLIO}|Cabinet Secretary for {_PORTFOLIO}|"
    rf"Secretar(?:y|ies) of State(?: (?:for|of) {_PORTFOLIO})?|Secretary for Relations with States|"
    rf"Secretar(?:y|ies) (?:for|of) {_PORTFOLIO}|Secretary of the {_PORTFOLIO}|"
    r"General Secretary|First Secretary|Party Secretary|Secretary[- ]General|Governor[- ]General|Governor|"
    rf"Commissioner (?:for|of) {_PORTFOLIO}|High Commissioner(?: for {_PORTFOLIO})?|Commissioner|"
    rf"High Representative(?: for {_PORTFOLIO}| of the Union for {_PORTFOLIO})?|"
    rf"(?:Special )?(?:Representative|Envoy|Coordinator)(?: (?:for|to|on) (?:the )?(?:{FORM_PATTERN}))?|"
    r"Negotiator|Mediator|Director[- ]General|Director|Crown Prince(?:ss)?|Prince(?:ss)?|Kings?|Queens?|"
    r"Emperor|Empress|Shahanshah|Shahbanou|Shah|Sultan|Emir|Amir|Heir Apparent|Regent|Grand Duke|Grand "
    r"Duchess|Duke|Duchess|Sheikha?|Shaikh|Sheik|Pope|Cardinal|Archbishop|Aide to (?:the )?President|"
    r"Ecumenical Patriarch(?: of Constantinople,)?|Patriarch|Co-Chair(?:man|person|woman)?|Chair(?:man|"
    r"person|woman)?|Speaker(?: of (?:the )?(?:Knesset|Parliament|House|National Assembly|Duma))?|"
    r"[Pp]residential [Cc]andidates?|Ambassadors?|Field Marshal|Marshal|Generalissimo|General(?! Assembly| "
    r"Conference| Council| Debate| Staff| Secretary)|Gen\.|Admiral|Adm\.|Colonel|Col\.|Lt\. Gen\.|"
    r"[CK]o?mm?andante|Senator|Congressman|Representative|Lord Mayor|Mayor|State Councill?or|Councill?or|"
    r"Counsell?or|Chief of (?:the )?(?:General |Defen[cs]e |Army |Naval |Air )?Staff|Chief of State|Chief "
    r"of Government|Chief Justice|Chief Executive(?: Officer)?|Chief|Heads? of State|Head of Government|"
    r"National Security Advis[eo]r|Advis[eo]r|Opposition [Ll]eader|[Ll]eader|[Cc]oordinator|First Minister|"
    r"Minister|Secretary|Commander|First Lady|Mr\.|Mrs\.|Ms\.|Dr\.|Lord|Lady|Sir|Dame|U(?= [A-Z])|His "
    r"Highness|Ayatollah|Bishop|Justice|Comrade|Princes|Daw|President’s)"
)
TITLE: Final = (
    rf"(?:(?:His|Her|Their) (?:All |Royal |Imperial )?(?:Holiness|Majesty|Majesties|Highness|Excellency),? "
    rf"(?:the )?)?{_RANK_WORD}*{_CORE}(?:- ?[Ee]lect|- ?[Dd]esignate)?(?:\b|(?<=[.,]))"
)
TITLE_SEQUENCE: Final = rf"{TITLE}(?:(?:/| / |, and | and |, | [-–] |[-–]| ){TITLE})*"
_SPLIT: Final = re.compile(TITLE)

# (pattern, the office's name, level, rank): the first that matches names the office, and of several titles of
# one person the highest rank is the one he acts in. Rank 9 is an honour or a way of address, not an office.
_OFFICES: Final = tuple(
    (re.compile(pattern), name, level, rank)
    for pattern, name, level, rank in (
        (r"Vice[- ]President", "Vice President", "senior_official", 4),
        (r"First Minister", "", "head_of_government", 4),
        (r"(?:Deputy|Vice) (?:Prime Minister|Premier|Chancellor)", "Deputy Prime Minister", "minister", 4),
        (r"President", "President", "head_of_state", 1),
        (r"Crown Prince", "Crown Prince", "senior_official", 3),
        (r"King", "King", "head_of_state", 1),
        (r"Emperor|Shahanshah", "Emperor", "head_of_state", 1),
        (r"Shah\b", "Shah", "head_of_state", 1),
        (r"Sultan", "Sultan", "head_of_state", 1),
        (r"Emir|Amir", "Amir", "head_of_state", 1),
        (r"Pope", "Pope", "head_of_state", 1),
        (r"Grand Duke|Grand Duchess", "Grand Duke", "head_of_state", 1),
        (r"Queen", "Queen", "head_of_state", 1),
        (r"(?:Head|Chief) of State", "Head of State", "head_of_state", 1),
        (r"Governor[- ]General", "Governor-General", "head_of_state", 2),
        (r"Prime Minister|Premier|Taoiseach|Head of Government", "Prime Minister", "head_of_government", 2),
        (r"Chancellor", "Chancellor", "head_of_government", 2),
        (r"(?:Deputy|Vice|Assistant) .*(?:Minister|Secretary)", "", "deputy_minister", 5),
        (r"Minister of State", "", "deputy_minister", 5),
        (
            r"(?:Foreign|External)(?: Affairs)? Minister|Minister (?:of|for) .*(?:Foreign|External)|"
            r"(?:Secretary|Commissioner) (?:for|of) (?:External|Foreign)|Foreign .*Minister|External "
            r".*Minister|"
            r"Cabinet Secretary for Foreign",
            "Foreign Minister",
            "minister",
            3,
        ),
        (r"Foreign(?: Affairs)? Secretary", "Foreign Secretary", "minister", 3),
        (
            r"Defen[cs]e Minister|Minister (?:of|for) (?:National )?Defen[cs]e",
            "Defense Minister",
            "minister",
            4,
        ),
        (r"General Secretary", "General Secretary", "head_of_state", 3),
        (r"Secretary[- ]General", "Secretary-General", "senior_official", 3),
        (r"Secretary of State for", "", "minister", 4),
        (r"Secretary of State", "Secretary of State", "minister", 3),
        (r"Minister|Secretary (?:of|for)|\w+ Secretary", "", "minister", 4),
        (r"Ambassador|High Commissioner", "", "ambassador", 5),
        (r"Envoy|Representative", "", "envoy", 5),
        (r"Chair", "Chairman", "senior_official", 4),
        (
            r"Governor|Mayor|Speaker|Director|Commissioner|Chief|Advis|Coordinator|coordinator",
            "",
            "senior_official",
            5,
        ),
        (r"Secretary|Counc|Couns|Patriarch|Archbishop|Commander|Regent|Negotiator", "", "senior_official", 5),
        (r"Empress|First Lady", "", "other", 8),
        (r"[Ll]eader|[Cc]andidate|Aide", "", "other", 6),
    )
)
_NOT_IN_OFFICE: Final = re.compile(r"\b(?:[Ff]ormer|late|ex|-? ?[Ee]lect|-? ?[Dd]esignate|[Ii]ncoming)\b")
_HOLDER_WORDS: Final = re.compile(
    r"\b(?:Acting|Interim|Caretaker|Transitional|Provisional|Alternate|Federal|(?:His|Her|Their) (?:All |"
    r"Royal |Imperial )?(?:Holiness|Majesty|Majesties|Highness|Excellency),? ?(?:the )?)\s*"
)
HONOURS: Final = re.compile(
    r"^(?:Sheikha?|Shaikh|Sheik|Prince|Princess|Lord|Lady|Sir|Dame|Mr\.?|Mrs\.?|Ms\.?|Dr\.?|U|"
    r"General(?:issimo)?|Gen\.?|Admiral|Adm\.?|Colonel|Col\.?|Lt\. Gen\.?|Com(?:m)?andante|Marshal|Field "
    r"Marshal|Cardinal|Senator|Congressman|Duke|Duchess|His Highness|Ayatollah|Bishop|Justice|Comrade|"
    r"Princes|Daw|Shahbanou|Chief)$"
)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Returns a pattern made of titles, compiled when it is first needed: together these take a second.

    Every process that knows of importers would wait for it at its start.
    """
    return re.compile(pattern)


@dataclass(frozen=True, slots=True)
class Office:
    """An office's name without its state, its level, and its rank among the titles of one person."""

    name: str
    level: str
    rank: int


def office_of_title(title: str) -> Office | None:
    """The office that one title means; None for an honour ("Sheikh", "General") or a way of address."""
    plain = _HOLDER_WORDS.sub("", _NOT_IN_OFFICE.sub("", title)).strip(" ,-.")
    if not plain or HONOURS.match(plain):
        return None
    for pattern, name, level, rank in _OFFICES:
        if pattern.search(plain):
            return Office(name or plain.replace("Defence", "Defense"), level, rank)
    return None


def offices_of_sequence(titles: str) -> tuple[Office, ...]:
    """The offices in a run of titles ("Deputy Prime Minister and Foreign Minister"), the highest first."""
    found = [office_of_title(match.group()) for match in _SPLIT.finditer(titles)]
    unique = list(dict.fromkeys(office for office in found if office))
    return tuple(sorted(unique, key=lambda office: office.rank))


def title_parts(titles: str) -> list[str]:
    """The single titles in a run of titles, as written."""
    return [match.group() for match in _SPLIT.finditer(titles)]


def singular(title: str) -> str:
    """The title of one of several holders: "Foreign Ministers" becomes "Foreign Minister"."""
    for plural, one in (
        ("Ministers", "Minister"),
        ("Secretaries", "Secretary"),
        ("Presidents", "President"),
        ("Premiers", "Premier"),
        ("Chancellors", "Chancellor"),
        ("Kings", "King"),
        ("Queens", "Queen"),
        ("Heads of", "Head of"),
        ("Ambassadors", "Ambassador"),
        ("andidates", "andidate"),
    ):
        title = title.replace(plural, one)
    return title


def is_plural(title: str) -> bool:
    """Whether the title names several holders ("Presidents")."""
    return singular(title) != title


def out_of_office(words: str) -> bool:
    """Whether the words say that the person does not hold the office: former, late, -elect, designate."""
    return bool(_NOT_IN_OFFICE.search(words))
