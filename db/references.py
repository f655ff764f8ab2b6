"""From what a client writes (id, slug, ``scheme:value``) to the row it means, many at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.engine import ids_of
from db.names import nearest_actors
from db.statements import fetch_rows
from models.errors import Detail, InvalidRecord, NotFound


@dataclass(frozen=True, slots=True)
class Noun:
    """How one noun is addressed."""

    name: str
    prefix: str
    key: str
    slugs: bool = False
    identifiers: bool = False
    merges: bool = False


ACTOR: Final = Noun("actor", "act", "actor_id", slugs=True, identifiers=True, merges=True)
SOURCE: Final = Noun("source", "src", "source_id", slugs=True)
TOPIC: Final = Noun("topic", "top", "topic_id", slugs=True)
EPISODE: Final = Noun("episode", "epi", "episode_id", slugs=True)
CONTACT: Final = Noun("contact", "con", "contact_id", identifiers=True, merges=True)
AFFILIATION: Final = Noun("affiliation", "aff", "affiliation_id")
DESIGNATION: Final = Noun("designation", "dsg", "designation_id")
COVERAGE: Final = Noun("coverage", "cov", "coverage_id")
DISMISSAL: Final = Noun("dismissal", "dms", "dismissal_id")
ACCOUNT: Final = Noun("account", "acc", "account_id")
COMMITMENT: Final = Noun("commitment", "com", "commitment_id")
KEY: Final = Noun("api_key", "key", "key_id")
NOUNS: Final = {
    noun.name: noun
    for noun in (
        *(ACTOR, SOURCE, TOPIC, EPISODE, CONTACT, AFFILIATION),
        *(DESIGNATION, COVERAGE, DISMISSAL, ACCOUNT, COMMITMENT, KEY),
    )
}
"""Every noun by the name of its table."""


NAMING_LOCK: Final = 7_263_011
"""Shared by whoever names a record from one outside the ladder; held alone by merges, and by whoever retracts what may
be named. A reference is resolved and stored in two steps: nothing may be merged or retracted between them. It is taken
before the ladder."""


def hold_names(session: Session, *, alone: bool = False) -> None:
    """Keeps what references mean as it is until the end of the transaction."""
    shared = "" if alone else "_shared"
    session.execute(text(f"SELECT pg_advisory_xact_lock{shared}(:lock)"), {"lock": NAMING_LOCK})


@dataclass(slots=True)
class Mention:
    """One reference in a body, with the place where it stands. A load makes very many: frozen, each takes twice."""

    noun: Noun
    text: str
    pointer: str


def resolve(session: Session, noun: Noun, texts: Iterable[str]) -> dict[str, int]:
    """Returns the row each reference means; one that means nothing, or a retracted row, is absent.

    A merged record's references mean the record it was merged into.
    """
    return _find(session, noun, texts, _names(noun, retracted=False))


def resolve_retracted(session: Session, noun: Noun, texts: Iterable[str]) -> dict[str, int]:
    """Returns the rows that references mean which were taken out of the record; standing and merged ones are absent."""
    return _find(session, noun, texts, _names(noun, retracted=True))


def number_of(session: Session, noun: Noun, ref: str) -> int:
    """Returns the row that a reference means, retracted or not.

    Raises:
        NotFound: there is none.
    """
    number = ids_of(session).decode(ref, noun.prefix)
    if number is None and noun.slugs:
        # A slug stays his whose it was, though everywhere else a merged one means the other.
        number = session.scalar(text(f"SELECT {noun.key} FROM {noun.name} WHERE slug = :slug"), {"slug": ref})
    if number is None:
        number = (resolve(session, noun, [ref]) or resolve_retracted(session, noun, [ref])).get(ref)
    if number is None:
        raise NotFound(f"There is no such {noun.name}.")
    return number


def retractions(session: Session, noun: Noun, texts: Iterable[str]) -> dict[str, str]:
    """Returns why the rows that some references mean were taken out of the record; standing ones are absent."""
    found = resolve_retracted(session, noun, texts)
    why = text(f"SELECT {noun.key} AS number, retraction_reason FROM {noun.name} WHERE {noun.key} = ANY(:ids)")
    reasons = {row.number: row.retraction_reason for row in session.execute(why, {"ids": list(found.values())})}
    return {ref: reasons[number] for ref, number in found.items()}


def _find(session: Session, noun: Noun, texts: Iterable[str], names: dict[str, str]) -> dict[str, int]:
    wanted = sorted(set(texts))
    decoded = {ref: ids_of(session).decode(ref, noun.prefix) for ref in wanted}
    by_id = {number: ref for ref, number in decoded.items() if number is not None}
    found: dict[str, int] = {}
    if by_id:
        rows = fetch_rows(session, _BY_ID.format(**names), {"ids": list(by_id)})
        found.update({by_id[row.asked]: row.found for row in rows})
    rest = [ref for ref in wanted if decoded[ref] is None]
    pairs = [ref.split(":", 1) for ref in rest if ":" in ref]
    if noun.identifiers and pairs:
        schemes, values = zip(*pairs, strict=True)
        rows = fetch_rows(session, _BY_IDENTIFIER.format(**names), {"schemes": list(schemes), "values": list(values)})
        found.update({f"{row.scheme}:{row.value}": row.found for row in rows})
    slugs = [ref for ref in rest if ":" not in ref]
    if noun.slugs and slugs:
        rows = fetch_rows(session, _BY_SLUG.format(**names), {"slugs": slugs})
        found.update({row.slug: row.found for row in rows})
    return found


NOTHING: Final[Mapping[tuple[str, str], int]] = {}


def resolve_mentions(
    session: Session, mentions: Iterable[Mention], known: Mapping[tuple[str, str], int] = NOTHING
) -> dict[tuple[str, str], int]:
    """Returns the row of every reference in a body, by noun and text.

    Args:
        session: to read with.
        mentions: the references and their places.
        known: what some of them mean, whether that stands or not.

    Raises:
        InvalidRecord: some mean nothing, or what was retracted; each is named with its place and, for an actor, the
            nearest names, or why it was retracted.
    """
    mentions = list(mentions)
    found: dict[tuple[str, str], int] = dict(known)
    for noun in _nouns(mentions):
        texts = [mention.text for mention in mentions if mention.noun == noun]
        found.update({(noun.name, ref): row for ref, row in resolve(session, noun, texts).items()})
    missing = [mention for mention in mentions if (mention.noun.name, mention.text) not in found]
    if missing:
        told = missing[:50]
        gone = {noun: retractions(session, noun, [m.text for m in told if m.noun == noun]) for noun in _nouns(told)}
        errors = [_missing(session, mention, gone[mention.noun].get(mention.text)) for mention in told]
        raise InvalidRecord(f"The body refers to {len(missing)} unknown or retracted record(s).", errors=errors)
    return found


def _nouns(mentions: Iterable[Mention]) -> set[Noun]:
    return {mention.noun for mention in mentions}


def _missing(session: Session, mention: Mention, gone: str | None) -> Detail:
    if gone is not None:
        said = f"This {mention.noun.name} has been retracted: {gone}"
        return Detail(f"retracted_{mention.noun.name}", said, pointer=mention.pointer)
    message = f"There is no such {mention.noun.name}."
    if mention.noun is ACTOR:
        near = nearest_actors(session, mention.text)
        message += f" Nearest: {', '.join(f'{a.slug} ({a.name})' for a in near)}." if near else ""
    return Detail(f"unknown_{mention.noun.name}", message, pointer=mention.pointer)


def _names(noun: Noun, *, retracted: bool) -> dict[str, str]:
    living = f"coalesce(t.merged_into_id, t.{noun.key})" if noun.merges else f"t.{noun.key}"
    stands = "(t.retracted_at IS NULL OR t.merged_into_id IS NOT NULL)" if noun.merges else "t.retracted_at IS NULL"
    stands = f"NOT ({stands})" if retracted else stands
    return {"table": noun.name, "key": noun.key, "living": living, "stands": stands}


_BY_ID: Final = "SELECT t.{key} AS asked, {living} AS found FROM {table} t WHERE t.{key} = ANY(:ids) AND {stands}"
_BY_SLUG: Final = "SELECT t.slug, {living} AS found FROM {table} t WHERE t.slug = ANY(:slugs) AND {stands}"
_BY_IDENTIFIER: Final = """
SELECT i.scheme, i.value, {living} AS found
FROM {table}_identifier i JOIN {table} t USING ({key})
WHERE (i.scheme, i.value) IN (SELECT * FROM unnest(CAST(:schemes AS text[]), CAST(:values AS text[]))) AND {stands}
"""
