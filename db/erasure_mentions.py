"""Free text that an erasure cannot judge: where it names a person, or says why something was changed."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.engine import ids_of
from db.imports import PREFIX as IMPORTED
from db.references import NOUNS
from models.erasure import MENTIONS_MAX, Mention
from models.names import fold

Told = list[Mention]
SHORTEST: Final = 4
"""Characters of a surname that is looked for on its own; shorter ones would find half of the record."""
SEARCH_TIME: Final = "60s"
"""Longest statement of an erasure: it is rare, and has to come to its end on a large record too."""
PRIOR: Final = "history"
"""The field of a mention that stands in no table any more, but in what history says a record was."""
FREE_TEXTS: Final = (
    ("contact", "contact", ("place", "summary", "ruling_reason", "retraction_reason")),
    ("participant", "contact", ("name_as_given", "side")),
    ("contact_identifier", "contact", ("value",)),
    ("account", "account", ("paraphrase", "withdrawal_reason", "original_code", "original_row")),
    ("commitment", "commitment", ("text", "retraction_reason")),
    (
        *("source", "source"),
        ("slug", "title", "publisher_name", "url", "archived_url", "updated", "note", "retraction_reason"),
    ),
    ("affiliation", "affiliation", ("title", "note", "retraction_reason")),
    ("designation", "designation", ("list", "authority", "note", "retraction_reason")),
    ("coverage", "coverage", ("note", "retraction_reason")),
    ("topic", "topic", ("slug", "label", "description", "retraction_reason")),
    ("episode", "episode", ("slug", "name", "description", "retraction_reason")),
    ("actor", "actor", ("slug", "description", "retraction_reason")),
    ("actor_name", "actor", ("name",)),
    ("actor_identifier", "actor", ("value",)),
    ("dismissal", "dismissal", ("reason", "retraction_reason")),
    ("api_key", "api_key", ("name",)),
)
"""Tables that hold words of people, the noun they belong to, and the columns; a test finds what is missing here."""


def names_of(session: Session, actor_ids: list[int]) -> list[str]:
    """Returns the names by which actors are or were known, now and in the past."""
    tables = ("actor", "actor_name", "past.actor", "past.actor_name")
    named = [f"SELECT name FROM {table} WHERE actor_id = ANY(:ids)" for table in tables]
    given = "SELECT name_as_given FROM {} WHERE actor_id = ANY(:ids) AND name_as_given IS NOT NULL"
    named += [given.format(table) for table in ("participant", "past.participant")]
    return list(session.execute(text(" UNION ".join(named) + " ORDER BY 1"), {"ids": actor_ids}).scalars())


def take_time(session: Session) -> None:
    """Lets each statement of this transaction take as long as an erasure may need."""
    session.execute(text(f"SET LOCAL statement_timeout = '{SEARCH_TIME}'"))


def texts_naming(session: Session, names: Iterable[str]) -> Told:
    """Returns the free texts in which a name stands, or the surname on its own.

    Cost: reads every free text of the record.
    """
    given = {"words": _words(set(names)), "most": MENTIONS_MAX}
    encode = ids_of(session).encode
    found: Told = []
    for table, noun, fields in FREE_TEXTS:
        key, prefix = NOUNS[noun].key, NOUNS[noun].prefix
        for field in fields:
            statement = f"SELECT DISTINCT {key} FROM {table} t WHERE {_NAMED.format(field=f't.{field}')}"
            numbers = session.execute(text(statement), given).scalars()
            found += [Mention(noun=noun, id=encode(prefix, number), field=field) for number in numbers]
    now = {(one.noun, one.id) for one in found}
    for noun, number in session.execute(text(_WAS_NAMED), given):
        if noun in NOUNS and (noun, public := encode(NOUNS[noun].prefix, number)) not in now:
            found.append(Mention(noun=noun, id=public, field=PRIOR))
    for one in session.execute(text(_IN_IMPORTS), given):
        found.append(Mention(noun="import", id=encode(IMPORTED, one.import_id), field=one.field))
    reasons = text(f"SELECT revision_id FROM revision WHERE {_NAMED.format(field='reason')}")
    said = session.execute(reasons, given).scalars()
    return found + [Mention(noun="revision", id=str(number), field="reason") for number in said]


def _words(whole: set[str]) -> list[str]:
    """Returns what to look for: names, as they stand in slugs too, and surnames."""
    surnames = {name.split()[-1] for name in whole if name.split()}
    slugs = {"-".join(fold(name).split()) for name in whole} - {""}
    return sorted(whole | slugs | {one for one in surnames if len(one) >= SHORTEST})


def reasons_of(session: Session, noun: str, numbers: list[int]) -> Told:
    """Returns the revisions that say why they changed records."""
    rows = session.execute(text(_REASONS), {"noun": noun, "numbers": numbers, "most": MENTIONS_MAX}).scalars()
    return [Mention(noun="revision", id=str(revision), field="reason") for revision in rows]


_NAMED_ONLY: Final = """EXISTS (SELECT FROM unnest(CAST(:words AS text[])) AS w(word)
    WHERE position(lower(word) IN lower({field})) > 0)"""
_NAMED: Final = f"{_NAMED_ONLY} ORDER BY 1 LIMIT :most"
_WAS_NAMED: Final = f"""
SELECT DISTINCT noun, record_id FROM history WHERE salt IS NOT NULL
    AND ({_NAMED_ONLY.format(field="before::text")} OR {_NAMED_ONLY.format(field="after::text")})
ORDER BY 1, 2 LIMIT :most
"""
_IN_IMPORTS: Final = f"""
SELECT DISTINCT import_id, field FROM (
    SELECT i.import_id, words.field, words.said FROM import i CROSS JOIN LATERAL (VALUES ('file_name', i.file_name),
        ('reason', i.reason), ('fault', i.fault), ('mapping', CAST(i.options AS text))) words(field, said)
    UNION ALL SELECT import_id, 'errors', place || ' ' || reason FROM import_refusal) told
WHERE {_NAMED_ONLY.format(field="said")}
UNION SELECT c.import_id, 'file' FROM import_chunk c
LEFT JOIN import_chunk n ON n.import_id = c.import_id AND n.ordinal = c.ordinal + 1
WHERE EXISTS (SELECT FROM unnest(CAST(:words AS text[])) AS w(word)
    WHERE position(convert_to(word, 'UTF8') IN c.data || coalesce(substr(n.data, 1, 1000), '')) > 0)
ORDER BY 1, 2 LIMIT :most
"""
"""A file is kept until its import is over; a name may stand across two of its pieces."""
_REASONS: Final = """
SELECT DISTINCT r.revision_id FROM history h JOIN revision r USING (log_id)
WHERE r.reason IS NOT NULL AND h.noun = :noun AND h.record_id = ANY(:numbers) ORDER BY 1 LIMIT :most
"""
