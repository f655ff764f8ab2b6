"""From a row to its contacts: the visit, a meeting for everybody met, the gatherings attended."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from importers.historyatstate_actors import PREFIX, PRESIDENT, SECRETARY, SOURCE_KEYS, Directory, label, state_ref
from importers.historyatstate_counterparts import USA, Counterpart, Reading
from importers.historyatstate_gatherings import Gathering
from importers.historyatstate_rows import Row
from importers.historyatstate_states import state_name
from importers.records import AccountRecord, ContactRecord, ParticipantRecord

_COMPANION: Final = re.compile(r"\b(?:[Aa]cc+o+mpan(?:ied|ying)|[Jj]oined|[Ss]upported)\b(?! by\b)")
_PROTOCOLS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), protocol)
    for pattern, protocol in (
        (r"\boffici?al working visit", "official_working"),
        (r"\bstate visit", "state"),
        (r"\bworking visit|\bworking lunch", "working"),
        (r"(?<!un)\boffici?al (?:select )?(?:state )?visit|\bofficial guest", "official"),
        (r"\bprivate (?:\w+ )?(?:visit|meeting)|\bsocial visit|^vacation|^honeymoon", "private"),
        (r"\binformal|\bunofficial", "informal"),
        (
            r"\bstop(?:ped|over)? (?:en route|while|on (?:his|her|the) way)|\b(?:overnight|refueling) stop",
            "transit",
        ),
    )
)
# Protocols that say in themselves that the state received the traveller.
_RECEIVED: Final = frozenset(("official_working", "state", "working", "official"))
_GUEST: Final = re.compile(
    r"\bguest of (?:the )?(?:U\.S\. Government|President)|\bpresidential guest|\binvitation of (?:the "
    r")?(?:U\.S|President)",
    re.IGNORECASE,
)
# In the United States, on a list of visits that its government received, talks without a named partner are
# with it.
_TALKS: Final = re.compile(
    r"\b(?:[Dd]iscuss|[Cc]onferred|[Tt]alks\b|[Cc]onsult|[Cc]onversations|[Nn]egotiat|[Ll]uncheon|"
    r"[Bb]ilateral meeting|[Ii]nformal meeting|[Mm]eeting at|[Ss]ummit meeting in Wash)"
)
_MOST_DAYS_OUTSIDE: Final = 60
_LONGEST_PARAPHRASE: Final = 500
"""Characters: the longest remark of the data set has less, whatever names stand before it."""


def protocol_of(text: str) -> str | None:
    """The protocol that the text gives the visit; None when it gives none or is of somebody accompanied."""
    if _COMPANION.search(text):
        return None
    return next((protocol for pattern, protocol in _PROTOCOLS if pattern.search(text)), None)


def visit_and_meetings(reading: Reading, met: list[Counterpart], directory: Directory) -> Iterator[ContactRecord]:
    """The row's visit, then a meeting for each counterpart, part of it."""
    row = reading.row
    key = f"{PREFIX}{row.key}"
    place_state = USA if reading.visitors else reading.state
    protocol = protocol_of(row.text)
    travellers = _travellers(reading, directory)
    received = _is_received(reading, met, protocol, place_state)
    place = ParticipantRecord(state_ref(place_state), "host" if received else "venue")
    visitors = [replace(traveller, role="visitor") for traveller in travellers]
    yield ContactRecord(
        key=key,
        kind="visit",
        when=_span(row),
        participants=(*visitors, place),
        accounts=(_account(row, f"{row.name} {'received by' if received else 'in'} {state_name(place_state)}."),),
        title=f"Visit of {row.name} to {state_name(place_state)}",
        protocol=protocol,
        place=_place(row, place_state),
    )
    seen: set[tuple[str, str]] = set()
    for one in met:
        actor = directory.counterpart(one)
        when = _day_of(row, one) or (_span(row) if row.start == row.end else f"[{row.start}..{row.end}]")
        if (actor, when) not in seen and all(actor != each.actor_key for each in travellers):
            seen.add((actor, when))
            doubtful = one.sighting is not None and one.sighting in directory.doubtful
            level = "other" if doubtful else one.level
            other = ParticipantRecord(actor, "principal", directory.capacity(one), None, level, one.given)
            yield ContactRecord(
                key=f"{key}/{len(seen)}",
                kind="meeting",
                when=when,
                participants=(*travellers, other),
                accounts=(_account(row, f"{row.name} met {label(one)}."),),
                title=f"{row.name} and {label(one)}",
                place=_place(row, place_state),
                part_of=key,
                flags=(*one.flags, *(("office_doubtful",) if doubtful else ())),
            )


def _travellers(reading: Reading, directory: Directory) -> list[ParticipantRecord]:
    if not reading.visitors:
        return [_american(reading.row, directory)]
    found = []
    for visitor in reading.visitors:
        capacity = directory.capacity(visitor)
        level = visitor.level if capacity else "other"
        actor = directory.counterpart(visitor)
        found.append(ParticipantRecord(actor, "principal", capacity, None, level, visitor.given))
    return found


def _american(row: Row, directory: Directory) -> ParticipantRecord:
    actor = directory.american(row.who)
    if row.series == "secretary":
        office, serving = SECRETARY, True
    else:
        office, serving = PRESIDENT, directory.americans.is_president(row.who, row.start)
    capacity = directory.office(USA, office) if serving else None
    return ParticipantRecord(actor, "principal", capacity, None, office.level if serving else "other", row.name)


def _is_received(reading: Reading, met: list[Counterpart], protocol: str | None, place: str) -> bool:
    text = reading.row.text
    if any(one.home == place for one in met) or protocol in _RECEIVED:
        return True
    return bool(reading.visitors) and bool(_GUEST.search(text) or (_TALKS.search(text) and not met))


def _span(row: Row) -> str:
    return row.start if row.start == row.end else f"{row.start}/{row.end}"


def _day_of(row: Row, one: Counterpart) -> str | None:
    """The day that the text gives for this meeting, in the year that brings it nearest to the row's days."""
    if one.day is None:
        return None
    start = date.fromisoformat(row.start)
    try:
        days = [date(start.year + shift, *one.day) for shift in (-1, 0, 1)]
    except ValueError:
        return None
    nearest = min(days, key=lambda day: abs((day - start).days))
    return nearest.isoformat() if abs((nearest - start).days) <= _MOST_DAYS_OUTSIDE else None


def _place(row: Row, state: str) -> str:
    name = state_name(state).removeprefix("the ")
    return f"{row.locale}, {name}" if row.locale else name


def _account(row: Row, paraphrase: str) -> AccountRecord:
    return AccountRecord(SOURCE_KEYS[row.series], with_remark(paraphrase, row.text), original_row(row))


def with_remark(paraphrase: str, remark: str) -> str:
    """A paraphrase with the source's own remark behind it, in quotation marks, so that both are found and judged."""
    if not remark:
        return paraphrase
    room = _LONGEST_PARAPHRASE - len(paraphrase) - len(" “”")
    shown = remark if len(remark) <= room else f"{remark[: room - 1].rstrip()}…"
    return f"{paraphrase} “{shown}”"


def original_row(row: Row) -> str:
    """Where a row stands: its file, line and key."""
    return f"{row.file}:{row.line} {row.key}"


def gathering_contact(gathering: Gathering, readings: dict[str, Reading], directory: Directory) -> ContactRecord:
    """The gathering with everybody whom the rows say attended it, and one account for each source."""
    participants: dict[str, ParticipantRecord] = {}
    rows_by_source: dict[str, list[Row]] = {}
    for row in gathering.rows:
        for traveller in _travellers(readings[row.key], directory):
            participants.setdefault(traveller.actor_key, traveller)
        rows_by_source.setdefault(SOURCE_KEYS[row.series], []).append(row)
    name = gathering.name[:1].upper() + gathering.name[1:]
    accounts = tuple(
        AccountRecord(
            source,
            f"{name}: {len(rows)} attendance{'s' * (len(rows) > 1)} listed.",
            "\n".join(map(original_row, rows)),
        )
        for source, rows in rows_by_source.items()
    )
    start, end = gathering.start, gathering.end
    return ContactRecord(
        key=gathering.key,
        kind="gathering",
        when=start if start == end else f"[{start}..{end}]",
        participants=tuple(participants.values()),
        accounts=accounts,
        title=name,
        place=state_name(gathering.state).removeprefix("the "),
    )
