"""Contacts as the rules see them: loaded with all that their status and their projection depend on."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, Final

from psycopg.rows import namedtuple_row
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from db.bulk import given_rows, raw, rows_as_json
from db.lifts import stored_lifts
from models.acknowledgement import acknowledgements
from models.authority import VOICELESS_TYPES, side_spoken_for, voices
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.bounds import Bounds, TooLateError, contact_bounds
from models.errors import Detail, InvalidRecord
from models.names import fold
from models.projection import Event, Lifts, Projection, project
from models.status import HAPPENED, Verdict, Word, verdict

_VOICELESS: Final = sorted(VOICELESS_TYPES)
MOST_SEARCHED_CHARACTERS: Final = 300_000
"""Longer texts are searched from their beginning: PostgreSQL indexes no more than 1 MiB of distinct words."""

_CONTACTS = """
SELECT contact_id, kind, talks, "when", part_of_id, status, ruling, summary, place FROM contact
WHERE contact_id = ANY(:ids) AND retracted_at IS NULL ORDER BY contact_id
"""
_PARTICIPANTS = """
SELECT contact_id, actor_id, standing_id, on_behalf_of_id, role, side, initiator, name_as_given FROM participant
WHERE contact_id = ANY(:ids) ORDER BY contact_id, ordinal
"""
_ACCOUNTS = """
SELECT a.contact_id, a.account_id, a.stance, a.parties_met, a.source_id, a.speaker_unnamed, a.paraphrase,
    coalesce(a.speaker_id, s.publisher_id) AS speaker_id, s.publisher_name,
    coalesce(q.published_earliest, s.published_earliest, a.recorded_at AT TIME ZONE 'UTC') AS said_at,
    least(q.published_latest, s.published_latest) AS published_latest,
    CASE WHEN num_nulls(q.published_earliest, q.published_latest) = 2
        THEN ARRAY[s.published_earliest, s.published_latest]
        ELSE ARRAY[q.published_earliest, q.published_latest] END AS said_between,
    v.kind AS speaker_kind, v.organisation_type,
    CASE WHEN s.supersedes_id IS NOT NULL THEN ARRAY(
        WITH RECURSIVE older(source_id) AS (
            SELECT s.supersedes_id
            UNION SELECT o.supersedes_id FROM older JOIN source o USING (source_id) WHERE o.supersedes_id IS NOT NULL)
        SELECT source_id FROM older) END AS supersedes,
    CASE WHEN v.kind IN ('person', 'office') THEN ARRAY(
        SELECT l.unit_id FROM {lift} l JOIN actor m ON m.actor_id = l.unit_id
        WHERE l.actor_id = v.actor_id AND l.level = 'organisation' AND m.organisation_type = ANY(:voiceless)
    ) END AS voiceless,
    {denies} AS denies
FROM {account}
JOIN {source} s USING (source_id)
LEFT JOIN {source} q ON q.source_id = a.quoted_from_id
LEFT JOIN actor v ON v.actor_id = coalesce(a.speaker_id, s.publisher_id)
WHERE {standing} ORDER BY a.contact_id, a.account_id
"""
_STORED: Final = {
    "account": "account a",
    "source": "source",
    "standing": "a.contact_id = ANY(:ids) AND a.withdrawn_at IS NULL",
    "denies": """(SELECT array_agg(d.actor_id) FROM account_actor d
     WHERE d.contact_id = a.contact_id AND d.account_id = a.account_id AND d.aspect = 'denied')""",
}
_GIVEN_TYPES: Final = {
    **dict.fromkeys(("contact_id", "account_id", "source_id", "speaker_id", "quoted_from_id"), "bigint"),
    **{"stance": "text", "parties_met": "boolean", "speaker_unnamed": "boolean", "paraphrase": "text"},
    **{"recorded_at": "timestamptz", "denies": "bigint[]"},
}
_SOURCES: Final = ("source_id", "quoted_from_id")
_GIVEN: Final = {
    "account": given_rows(_GIVEN_TYPES, "a"),
    # By number first: of a table that grows within the transaction the planner knows nothing, and reads it all.
    "source": "(SELECT * FROM source WHERE source_id = ANY(%(sources)s))",
    "standing": "true",
    "denies": "a.denies",
}


class RefusedContact(InvalidRecord):
    """A contact begins after the publication of an account that says it took place."""

    def __init__(self, contact_id: int, pointer: str = "/when") -> None:
        """Refuses a contact, at the place of its date or at another."""
        self.contact_id = contact_id
        said = "The contact begins after the publication of an account that says it took place."
        super().__init__(said, errors=[Detail("after_publication", said, pointer=pointer)])

    def placed(self, pointer: str) -> "RefusedContact":
        """Returns the same refusal at another place: whoever wrote knows where in his request it stands."""
        return RefusedContact(self.contact_id, pointer)


@dataclass(frozen=True, slots=True)
class Dossier:
    """A contact with its accounts in force and what follows from them."""

    event: Event
    part_of_id: int | None
    bounds: Bounds
    verdict: Verdict
    ruling: str | None
    folded: str
    words: tuple[Word, ...] = ()

    @property
    def status(self) -> str:
        """The ruling where there is one, else the computed status."""
        return self.ruling or self.verdict.status

    def projection(self) -> Projection:
        """Returns the rows that the contact must have: incidences, edges and acknowledgements."""
        return replace(project(self.event), acknowledgements=acknowledgements(self.event, self.words))


@dataclass(slots=True)
class Material:
    """The rows of some contacts, by contact."""

    contacts: dict[int, Any]
    participants: dict[int, list[Any]] = field(default_factory=dict)
    accounts: dict[int, list[Row[Any]]] = field(default_factory=dict)
    lifts: Lifts = field(default_factory=dict)


def family(session: Session, contact_ids: Collection[int]) -> tuple[list[int], list[int]]:
    """Returns the contacts whose edges depend on these, and all contacts needed to derive them.

    A visit depends on its parts, so a part brings in its whole and a whole all its parts.
    """
    up = text("SELECT part_of_id FROM contact WHERE contact_id = ANY(:ids) AND part_of_id IS NOT NULL")
    down = text("SELECT contact_id FROM contact WHERE part_of_id = ANY(:ids) AND retracted_at IS NULL")
    affected = sorted({*contact_ids, *session.execute(up, {"ids": list(contact_ids)}).scalars()})
    needed = sorted({*affected, *session.execute(down, {"ids": affected}).scalars()})
    return affected, needed


def dossiers(session: Session, contact_ids: Collection[int], lift: str = "lift") -> dict[int, Dossier]:
    """Returns the standing contacts among these, with status and bounds worked out and parts attached.

    Args:
        session: to read with.
        contact_ids: with their parts, as ``family`` returns them.
        lift: the table of lifts to go by; a check goes by lifts of its own.

    Cost: four statements, whatever the number of contacts.
    """
    return worked_out(_material(session, list(contact_ids), lift))


def worked_out(material: Material) -> dict[int, Dossier]:
    """Returns the dossiers of contacts of which all rows are at hand."""
    found = {key: _dossier(key, material) for key in material.contacts}
    parts: dict[int, list[Event]] = {}
    for dossier in found.values():
        if dossier.part_of_id in found and _counts(dossier, found[dossier.part_of_id]):
            parts.setdefault(dossier.part_of_id, []).append(dossier.event)
    return {
        key: replace(d, event=replace(d.event, parts=parts[key])) if key in parts and d.event.kind == "visit" else d
        for key, d in found.items()
    }


def _counts(part: Dossier, whole: Dossier) -> bool:
    """Whether a part takes its pairs from the whole: a meeting that failed does not undo the visit."""
    return part.status in HAPPENED or whole.status not in HAPPENED


def _material(session: Session, contact_ids: Sequence[int], lift: str) -> Material:
    ids = {"ids": contact_ids}
    material = Material({row.contact_id: row for row in session.execute(text(_CONTACTS), ids)})
    standing: set[int] = set()
    for row in session.execute(text(_PARTICIPANTS), ids):
        material.participants.setdefault(row.contact_id, []).append(row)
        standing.add(row.standing_id)
    accounts = session.execute(text(_ACCOUNTS.format(lift=lift, **_STORED)), {**ids, "voiceless": _VOICELESS})
    return _completed(session, material, accounts, standing, lift)


def material_of(session: Session, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Material:
    """Returns the material of new contacts, whose rows are at hand and not stored yet.

    Args:
        session: to read with what is known of sources, speakers and lifts.
        rows: of the tables contact, participant, account and account_actor.

    Cost: two statements, whatever the number of contacts.
    """
    material = Material({row["contact_id"]: SimpleNamespace(ruling=None, **row) for row in rows["contact"]})
    standing: set[int] = set()
    for row in rows["participant"]:
        stands = row["on_behalf_of_id"] or row["capacity_id"] or row["actor_id"]
        taker = SimpleNamespace(**row, standing_id=stands)
        material.participants.setdefault(row["contact_id"], []).append(taker)
        standing.add(stands)
    denies: dict[int, list[int]] = {}
    for row in rows.get("account_actor", ()):
        if row["aspect"] == "denied":
            denies.setdefault(row["account_id"], []).append(row["actor_id"])
    now = session.execute(text("SELECT now()")).scalar_one()
    accounts = [
        {name: row.get(name) for name in _GIVEN_TYPES} | {"recorded_at": now, "denies": denies.get(row["account_id"])}
        for row in rows["account"]
    ]
    with raw(session).cursor(row_factory=namedtuple_row) as cursor:
        statement = _ACCOUNTS.replace(":voiceless", "%(voiceless)s").format(lift="lift", **_GIVEN)
        sources = list({row[one] for row in accounts for one in _SOURCES} - {None})
        given = {"voiceless": _VOICELESS, "a": rows_as_json(accounts), "sources": sources}
        found = cursor.execute(statement.encode(), given).fetchall()
    return _completed(session, material, found, standing, "lift")


def _completed(
    session: Session, material: Material, accounts: Iterable[Any], standing: set[int], lift: str
) -> Material:
    for row in accounts:
        material.accounts.setdefault(row.contact_id, []).append(row)
        if row.speaker_id is not None:
            standing.add(row.speaker_id)
    material.lifts = stored_lifts(session, standing, lift)
    return material


def _dossier(contact_id: int, material: Material) -> Dossier:
    row = material.contacts[contact_id]
    accounts = in_force(material.accounts.get(contact_id, []))
    affirming = [a.published_latest for a in accounts if a.stance == "affirms" and a.published_latest is not None]
    try:
        bounds = contact_bounds(row.when, min(affirming, default=None))
    except TooLateError as error:
        raise RefusedContact(contact_id) from error
    event = Event(
        contact_id=contact_id,
        kind=row.kind,
        talks=row.talks,
        status=row.status,
        takers=material.participants.get(contact_id, []),
        lifts=material.lifts,
        bounds=bounds,
        parties_met=any(account.parties_met and account.stance != "denies" for account in accounts),
    )
    voiced = voices(event) if any(account.speaker_id is not None for account in accounts) else {}
    said = tuple(_word(account, side_spoken_for(account, event, voiced)) for account in accounts)
    outcome = verdict(said)
    status = row.ruling or outcome.status
    event = replace(event, status=status, disputed=outcome.disputed_participants)
    return Dossier(event, row.part_of_id, bounds, outcome, row.ruling, _folded(contact_id, material), said)


def in_force(accounts: Sequence[Any]) -> list[Any]:
    """Returns the accounts that count: one of a superseded source gives way to its successor's.

    A successor that says nothing of the contact leaves the earlier account standing.
    """
    replaced = {older for account in accounts for older in account.supersedes or ()}
    return [account for account in accounts if account.source_id not in replaced]


def _word(account: Any, side: Hashable | None) -> Word:
    speaker: Hashable = account.speaker_id or account.publisher_name or ("source", account.source_id)
    if account.speaker_unnamed:
        speaker = ("unnamed", account.speaker_id, account.source_id)
    start, end = account.said_between
    return Word(
        account=account.account_id,
        speaker=speaker,
        side=side,
        stance=account.stance,
        order=account.said_at,
        denies=frozenset(account.denies or ()) if account.stance == "denies" else frozenset(),
        published=None if start is end is None else (start or FIRST_MOMENT, end or LAST_MOMENT),
    )


def _folded(contact_id: int, material: Material) -> str:
    """Returns a contact's own words, folded: its summary and place, names as given, what its accounts say."""
    row = material.contacts[contact_id]
    given = [taker.name_as_given for taker in material.participants.get(contact_id, ())]
    told = [account.paraphrase for account in material.accounts.get(contact_id, ())]
    said = " ".join(words for words in (row.summary, row.place, *given, *told) if words)
    return fold(said[:MOST_SEARCHED_CHARACTERS])
