"""Find who is mentioned in a text: persons with title and state, offices without a holder, groups.

Being mentioned is not being met: `historyatstate_scope` decides that.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from importers.historyatstate_bodies import BODY_FORMS, BODY_PATTERN
from importers.historyatstate_names import words
from importers.historyatstate_states import FORM_PATTERN, state_of_form
from importers.historyatstate_titles import (
    TITLE,
    TITLE_SEQUENCE,
    compiled,
    is_plural,
    out_of_office,
    singular,
    title_parts,
)

_UPPER: Final = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽȘȚ"
_MONTH: Final = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December|(?:Jan|Feb|"
    "Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\\.?)"
)
_NOT_A_NAME: Final = (
    r"(?:Meetings?|Summit|Conference|Council|Assembly|Session|Day|Dialogue|Forum|Committee|Hospital|"
    r"University|Air|Base|Palace|Hotel|Airport|Ministerial|Medal|Library|Center|Centre|Convention|Embassy|"
    r"Parliament|Congress|Consultations?|Commission|Security|Treaty|Agreement|Initiative|Highway|Bridge|"
    r"Museum|Memorial|Talks|Group|Met|Also|Attended|Discussed|Addressed|Visited|Signed|Returned|Left|"
    r"Arrived|U\.S|US|In|At|On|The|Foundation|and|Stadium|Institute|School|College|Ranch|Camp|House|Working|"
    r"Global|Declaration|Fund|Award|Prize|Order|Foreign|Republic|Nations|Nationals|Assistant|Deputy|Award|"
    r"Square|Street|Avenue|States|State|Ministry|Prosecutor|Executive|Inspector|Administrator|Negotiators?|"
    r"Presidency|Participants|Army|Peace)"
)
_WORD: Final = (
    rf"(?:(?:[adeilnrstuzh'’]{{1,3}}|al|el|ul|ad|as|ash|esh|en|d|l)[-'’ʻ])?"
    rf"(?:(?![IVX]\.)[{_UPPER}]\.(?:[{_UPPER}]\.)*|[{_UPPER}](?:[\w‘ʻ`]|[-'’](?=\w))*)|"
    rf"(?:al|el|as|an|ad|ash)-[a-z]\w+"
)
_TITLE_AHEAD: Final = rf"(?!(?:{TITLE})(?:\W|$))"
_NAME_WORD: Final = (
    rf"(?!{_NOT_A_NAME}\b)(?!{_MONTH} [\dl])(?!(?:{FORM_PATTERN}) (?:{TITLE}))(?!Jr\b|Sr\b)"
    rf"(?!(?:Prime|Foreign|President|Secretary|Minister)\b)(?:{_WORD})"
)
_PARTICLE: Final = (
    r"(?:al|Al|el|bin|ibn|bint|bte|ben|van|von|der|den|de|la|le|las|los|du|da|do|dos|das|del|della|di|y|e|"
    r"zu|af|ud|ul|abu|ter|ten|’t|'t|ould|uld|thu|av|á|í)"
)
NAME: Final = (
    rf"(?:(?:Dr\.|Gen\.|Mr\.) )?(?:{_PARTICLE} )*{_NAME_WORD}"
    rf"(?: (?:{_PARTICLE} )*(?:{_NAME_WORD}))*(?:,? (?:Jr|Sr)\b\.?)?"
)
_PLACES: Final = rf"(?:the )?(?:{FORM_PATTERN}|{BODY_PATTERN})\b"
_PLACE_LIST: Final = rf"{_PLACES}(?:(?:, and |,? and |, )(?:of )?{_PLACES}(?! (?:{TITLE})))*"
_BEFORE: Final = (
    r"(?P<mods>(?:(?:[Ff]ormer|late|then|new|newly[- ]elected|incoming|outgoing|Acting|Caretaker|Interim|"
    r"Transitional|Provisional|acting|interim) )*)"
)
_NATIONS: Final = (
    rf"(?P<nations>(?:{FORM_PATTERN}|{BODY_PATTERN})(?:(?:, and |,? and |, )(?:{FORM_PATTERN}|"
    rf"{BODY_PATTERN}))*(?:['’]s?)?) "
)
_BODY: Final = (
    r"(?P<body>(?:(?:[A-Z][\w’'-]*|of) ){0,5}(?:Council|Congress(?:’s)?|Party|Coalition|Government|Assembly|"
    r"Parliament|Commission|Committee|Representatives|Authority|League|Movement|Front|Alliance|Senate|Cross|"
    r"Opposition) )"
)
_AND_PARTNER: Final = r"(?: and (?:Mrs\.|Madame|Mme\.|First Lady|Lady|Señora))?"
_MENTION: Final = (
    rf"\b(?P<the>[Tt]he )?{_BEFORE}(?:{_NATIONS}|(?<![A-Za-z]))"
    rf"(?P<more>{_BEFORE.replace('mods', 'mods2')}){_BODY}??"
    rf"(?P<title>{TITLE_SEQUENCE}){_AND_PARTNER}"
    rf"(?:(?:,? )(?P<name>{_TITLE_AHEAD}{NAME}))?(?P<own>['’]s?\b)?(?: of (?P<of>{_PLACE_LIST}))?"
)
_PARTNER: Final = re.compile(r" and (?:Mrs\.|First Lady|Lady)$")
_REALM_TITLE: Final = r"(?:Duke|Duchess|Prince|Princess)$"
_DUKE_OF: Final = re.compile(r" of [A-Z]\w+")
_NEXT_NAME: Final = rf"(?:, and |,? and |, )(?P<name>{_TITLE_AHEAD}{NAME})(?: of (?P<of>{_PLACES}))?"
_UNTITLED: Final = rf"(?:\b[Ww]ith |, |\band )(?P<name>{_TITLE_AHEAD}{NAME})(?=,|\.|;| and\b| to\b| in\b|$)"
_GROUP: Final = (
    rf"\b(?:(?:the|other|senior|high-level|top|key|local|various|several|many|U\.S\. and) )*(?:{_NATIONS})?"
    r"(?P<what>(?:(?:senior|government|opposition|political|military|religious|colonial|civilian|economic|"
    r"defense|congressional|security|parliamentary|party|regional|tribal|interim|peace|embassy) )*(?:and "
    r"opposition )?(?:officials|leaders|authorities|counterparts|negotiators|representatives|dignitaries|"
    r"members|leadership|delegates|delegations|(?:foreign |prime )?ministers|presidents|heads of (?:state|"
    r"government|state and government)))\b"
    rf"(?: (?:of|from) (?P<of>{_PLACE_LIST}|[^.;,]{{1,60}}?(?= and |[.;,]|$)))?"
)
# A group after any other word ("business leaders") is of people whom no state answers for.
_KNOWN_BEFORE: Final = re.compile(
    r"(?:^|[.,;:(]|\b(?:and|with|by|to|of|between|the|briefed|met|other|consulted))\s*$", re.I
)
Kind = Literal["person", "office", "group"]


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody named in a text. `state` is None where the text gives none; `body` is an organisation's id."""

    kind: Kind
    start: int
    end: int
    titles: str
    name: str = ""
    state: str | None = None
    body: str | None = None
    former: bool = False
    owner: bool = False
    american: bool = False
    group: str = ""


def places(text: str | None, date: str) -> list[tuple[str | None, str | None]]:
    """Each state (first) or organisation (second) named in a list of countries or adjectives."""
    found: list[tuple[str | None, str | None]] = []
    for match in re.finditer(rf"\b(?:{BODY_PATTERN}|{FORM_PATTERN})(?!\w)", text or ""):
        word = match.group().replace("’", "'")
        body = BODY_FORMS.get(word)
        state = None if body else state_of_form(word, date)
        if body or state:
            found.append((state, body))
    return found


def find_mentions(text: str, date: str, homes: Mapping[tuple[str, ...], str] | None = None) -> list[Mention]:
    """Everybody mentioned in the text, in order; each names at most one state or one organisation.

    Args:
        text: the text, tidied.
        date: the day that decides what "Russian" means.
        homes: the state of each full name that may stand without a title; none may if absent.
    """
    found: list[Mention] = []
    taken = 0
    for match in compiled(_MENTION).finditer(text):
        if match.start() < taken:
            continue
        mentions = list(_of_match(match, text, date))
        if mentions:
            found.extend(mentions)
            taken = max(mention.end for mention in mentions)
    for match in compiled(_GROUP).finditer(text):
        if not any(m.start < match.end() and match.start() < m.end for m in found):
            found.extend(_groups(match, date))
    for match in compiled(_UNTITLED).finditer(text) if homes else ():
        home = (homes or {}).get(words(match["name"]))
        if home and not any(m.start < match.end() and match.start("name") < m.end for m in found):
            span = match.span("name")
            found.append(Mention("person", *span, "", match["name"], home, american=home == "united-states"))
    return sorted(found, key=lambda mention: (mention.start, mention.end))


def _of_match(match: re.Match[str], text: str, date: str) -> Iterator[Mention]:
    titles, name = _PARTNER.sub("", match["title"]), match["name"] or ""
    own = places(match["of"], date) or places(match["nations"], date)
    if match["body"]:
        own = own or places(match["body"], date)
        titles = match["body"].replace("’s", "") + titles
    described = f"{match['mods']} {match['mods2']} {titles}"
    state, body = own[0] if own else (None, None)
    first = Mention(
        kind="person" if name else "office",
        start=match.start(),
        end=match.end(),
        titles=titles,
        name=name,
        state=state,
        body=body,
        former=out_of_office(described),
        owner=bool(match["own"]),
        american=state == "united-states",
    )
    if not name:
        realm = _DUKE_OF.match(text, match.end()) if re.search(_REALM_TITLE, titles) else None
        if realm:
            yield replace(first, kind="person", name=titles + realm.group(), end=realm.end())
        else:
            yield from _offices(match, first, own)
        return
    plural = is_plural(titles)
    parts = title_parts(_PARTNER.sub("", match["title"]))
    if match["the"] and len(parts) > 1 and " and " in match["title"] and not plural and not match["body"]:
        yield replace(first, kind="office", titles=parts[0], name="", end=match.start("title") + len(parts[0]))
        yield replace(first, titles=" and ".join(parts[1:]), start=match.start("title") + len(parts[0]) + 1)
        return
    yield replace(first, titles=singular(titles))
    if plural:
        yield from _further_holders(match.end(), text, replace(first, titles=singular(titles)), date)


def _offices(match: re.Match[str], first: Mention, own: list[tuple[str | None, str | None]]) -> Iterator[Mention]:
    """Offices whose holder is not named: one for each state in the list, or that of the place visited."""
    titles = singular(first.titles)
    vague = is_plural(first.titles) or match.string.startswith(" of ", match.end())
    if not own and (not match["the"] or vague):
        return
    parts = [part for part in title_parts(titles) if part] if " and " in titles else [titles]
    for part in parts:
        for state, body in own or [(None, None)]:
            yield replace(first, titles=part, state=state, body=body, american=state == "united-states")


def _further_holders(position: int, text: str, first: Mention, date: str) -> Iterator[Mention]:
    """The other names after one plural title: "Presidents A of X, B of Y and C of Z"."""
    while match := compiled(_NEXT_NAME).match(text, position):
        own = places(match["of"], date)
        state, body = own[0] if own else (None, None)
        yield replace(first, start=match.start("name"), end=match.end(), name=match["name"], state=state, body=body)
        position = match.end()


def _groups(match: re.Match[str], date: str) -> Iterator[Mention]:
    listed = places(match["of"], date) if match["of"] else []
    own = listed or places(match["nations"], date)
    what = match["what"].removeprefix("senior ")
    strange = not match["nations"] and _KNOWN_BEFORE.search(match.string[: match.start()]) is None
    unknown = (bool(match["of"]) and not listed) or strange
    american = "U.S. and" in match.group() or any(state == "united-states" for state, _ in own)
    base = Mention("group", match.start(), match.end(), "", group="" if unknown else what)
    others = [pair for pair in own if pair[0] != "united-states"]
    if american and not others and "U.S. and" not in match.group():
        yield replace(base, american=True, state="united-states")
        return
    for state, body in others or [(None, None)]:
        yield replace(base, state=state, body=body)
