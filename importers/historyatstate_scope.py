"""Decide whom a text says was met: which of those mentioned stand after "met with" and its like."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from importers.historyatstate_mentions import Mention, find_mentions

_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:U\.S|U\.N|U\.K|E\.U|D\.C|D\.F|St|Gen|Dr|Mr|Mrs|Ms|Lt|Col|Adm|Jr|Sr|Md|Va|Tex|Ft|No|Inc|vs|"
    r"[A-Z]))$"
)
_NEW_SENTENCE: Final = re.compile(
    r"(?:Met|Also|Attended|Discussed|Addressed|Visited|Returned|Afterwards?|Departed|Arrived|Signed|Left|In|"
    r"Later|Accompanied|Participated|He|She|The|Private|Official|State|Working|Stopped)\b"
)
_ADVERB: Final = r"(?:(?:also|later|then|separately|subsequently|afterwards?|privately|informally|formally|briefly) )?"
_VERB: Final = r"(?:[a-z-]+ed|met|held|gave|spoke|took|led|made|went|saw|began|laid|left|was|were|paid|had|co-\w+ed)"
_PREDICATE: Final = re.compile(rf"(?:,? and|,|;| then|, then)\s+(?={_ADVERB}{_VERB}\b(?! by\b| in\b ⟦))")
_COMPANION: Final = re.compile(
    r"^\W*(?:Also |also |Afterwards? )?(?:[Aa]cc+o+mpan\w+|[Jj]oined|[Ss]upported|As President of|[Ww]ith "
    r"Secretary)\b"
)
_NOT_HAPPENED: Final = re.compile(
    r"\b(?:was|were|had been) to (?:have )?\w|\b(?:planned|scheduled|intended|hoped|expected|invited|"
    r"agreed) to\b|\bcancel+ed|\bpostponed|\bdid not\b|\bunable to\b|\bwould have\b|\bnever\b|\bfailed to\b|"
    r"\bdeclined\b|\bscheduled\b"
)
_VOID_BEFORE_WITH: Final = re.compile(
    r"\b(?:following|after|before|prior to|invitation|to meet|arrange\w*|preparations?|upcoming|ahead of|"
    r"(?<!xchange )(?:on|about|of|regarding|concerning) (?:his |her |the |their |its |(?!exchange)\w+ "
    r")*(?:meetings?|talks|discussions?|conversations?|visits?))\b(?!.*\b(?:[Mm]et|[Dd]iscuss\w*|"
    r"[Cc]onferred) )"
)
_DIRECT: Final = re.compile(
    r"\b(?:[Mm]et(?: again| also)?|[Bb]riefed|[Cc]onsulted|[Cc]alled on|[Cc]all on|[Gg]reeted|"
    r"[Ii]nterviewed|(?:[Rr]eceived|[Gg]reeted|[Ww]elcomed|[Mm]et) by|(?:dinner|lunch|luncheon|reception|"
    r"banquet) (?:hosted|given) by|[Aa]udience (?:of|by)|(?:[Ss]poke|[Tt]alked) to|talks between|meeting of|"
    r"[Mm]eetings? (?:of|between)|[Vv]isited|photographed with and spoke to|[Tt]rilateral meeting)\s+(?:the "
    r")?$"
)
_CONNECTOR: Final = re.compile(r"(?:\band|,|;)\s*(?:also |later |separately |then )?(?:met )?with\s*(?:the )?$")
_BLOCK: Final = re.compile(
    r"\bto (?!the\b)\w+|\b(?:regarding|concerning|about|of|by|between|following|after|before|honou?ring|"
    r"against|into|toward|along|funeral|memorial|family|widow|tomb|condolences|birthplace|hosted|including|"
    r"who|whom|whose|which|that|accompanied|joined|former home|residence|house)\b|\bon (?!(?:January|"
    r"February|March|April|May|June|July|August|September|October|November|December)\b)|['’]s\b"
)
_DATE: Final = re.compile(
    r"^[^⟦.;]{0,50}?\b(January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\b\.?) (\d{1,2})\b(?![-–]|\s*(?:and|,) \d)"
)
# The verb is missing in a few rows: a sentence of nothing but names says who was met.
_ONLY_NAMES: Final = re.compile(r"⟦\d+⟧(?:(?:,|,? and) ⟦\d+⟧)*\.?")
_SUBJECT: Final = re.compile(r"\W*⟦(\d+)⟧ (?:also |later )?(?:met|conferred|talked|spoke)\b")
_MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True, slots=True)
class Met:
    """Somebody whom the text says was met, with the month and day where it gives one."""

    mention: Mention
    day: tuple[int, int] | None = None


def tidied(text: str) -> str:
    """The text with its typing slips that would hide a name put right: spaces in compounds, missing "
    "spaces."""
    text = text.replace("\u00a0", " ").replace(" & ", " and ")
    text = re.sub(r"\b(al|el|Al|El) ?[–-] ?(?=[A-Z])", r"\1-", text)
    text = re.sub(r"\b(President|Minister|Secretary)(?=[A-Z])", r"\1 ", text)
    text = re.sub(r"(?<=[a-z])- (?=[A-Z])", "-", text)
    text = re.sub(r"\bMin(?:ster|iste|istere|siter|isiter|stier)\b", "Minister", text)
    text = re.sub(r"\bDato['’] ", "Dato ", text)
    return re.sub(r"\s+", " ", text)


def _sentences(text: str) -> list[str]:
    parts, begin = [], 0
    for match in re.finditer(r"[.\]]\s+(?=[^a-z])|;\s+(?!(?:and |with |the |also )*⟦)", text):
        before, after = text[begin : match.start()], text[match.end() :]
        if match.group()[0] == "." and _ABBREVIATION.search(before) and not _NEW_SENTENCE.match(after):
            continue
        parts.append(before)
        begin = match.end()
    return [*parts, text[begin:]]


def _masked(text: str, mentions: list[Mention]) -> str:
    """The text with each mention replaced by its number, so that no word of a name is read as grammar."""
    out, position, index = [], 0, 0
    while index < len(mentions):
        mention = mentions[index]
        same = [i for i, m in enumerate(mentions) if m.start == mention.start and m.end == mention.end]
        out.append(text[position : mention.start])
        out.append("".join(f"⟦{i}⟧" for i in same))
        position, index = mention.end, same[-1] + 1
    return "".join([*out, text[position:]])


def people_met(
    text: str, date: str, hosts_may_speak: bool = False, homes: Mapping[tuple[str, ...], str] | None = None
) -> list[Met]:
    """Everybody whom the text says was met or spoken with, in the order of the text.

    Args:
        text: the row's description or remarks.
        date: the day the row begins, which decides what "Russian" and "Vietnamese" mean.
        hosts_may_speak: whether the subject of "President Nixon met with …" was met by the row's visitor;
            in accounts of trips the subject is the traveller himself.
        homes: the state of each full name that may stand without a title.
    """
    text = tidied(text)
    mentions = find_mentions(text, date, homes)
    met: list[Met] = []
    for sentence in _sentences(_masked(text, mentions)):
        companion = False
        for number, predicate in enumerate(_PREDICATE.split(sentence)):
            companion = bool(_COMPANION.match(predicate)) if number == 0 else companion and predicate[:2] == "to"
            if _ONLY_NAMES.fullmatch(predicate):
                predicate = f"met with {predicate}"
            if companion or _NOT_HAPPENED.search(predicate):
                continue
            subject = _SUBJECT.match(predicate) if hosts_may_speak else None
            if subject:
                met.append(Met(mentions[int(subject[1])]))
            else:
                met.extend(_of_predicate(predicate, mentions))
    return met


def _of_predicate(predicate: str, mentions: list[Mention]) -> list[Met]:
    found: list[Met] = []
    last: int | None = None
    for match in re.finditer(r"(?:⟦\d+⟧)+", predicate):
        before = predicate[: match.start()]
        indices = [int(number) for number in re.findall(r"\d+", match.group())]
        if any(mentions[i].owner for i in indices):
            continue
        if (last is None and _is_anchor(before)) or (last is not None and _continues(predicate[last : match.start()])):
            last = match.end()
            day = _day_after(predicate[match.end() :])
            named = [mentions[i] for i in indices if mentions[i].kind != "group" or mentions[i].group]
            found.extend(Met(mention, day) for mention in named)
    return found


def _is_anchor(before: str) -> bool:
    if _DIRECT.search(before):
        return not _VOID_BEFORE_WITH.search(before)
    for candidate in re.finditer(r"(?<!along )\b[Ww]ith\b", before):
        if not _VOID_BEFORE_WITH.search(before[: candidate.start()]) and not _BLOCK.search(before[candidate.end() :]):
            return True
    return False


def _continues(gap: str) -> bool:
    return bool(_CONNECTOR.search(gap)) or not _BLOCK.search(re.sub(r"⟦\d+⟧", "", gap))


def _day_after(rest: str) -> tuple[int, int] | None:
    match = _DATE.match(rest)
    return (_MONTHS.index(match[1][:3]) + 1, int(match[2])) if match else None
