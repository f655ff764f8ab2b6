"""Free text that an erasure cannot judge: where it names a person, or says why something was changed."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.engine import ids_of
from db.references import NOUNS
from models.erasure import MENTIONS_MAX, Mention

Told = list[Mention]
SHORTEST: Final = 4
"""Characters of a surname that is looked for on its own; shorter ones would find half of the record."""
FREE_TEXTS: Final = {
    "contact": ("place", "summary", "ruling_reason", "retraction_reason"),
    "account": ("paraphrase", "withdrawal_reason"),
    "commitment": ("text",),
    "source": ("title", "publisher_name", "retraction_reason"),
    "affiliation": ("title", "note", "retraction_reason"),
    "designation": ("note", "retraction_reason"),
    "coverage": ("note", "retraction_reason"),
    "dismissal": ("reason", "retraction_reason"),
    "topic": ("label", "description"),
    "episode": ("name", "description"),
    "actor": ("name", "description", "retraction_reason"),
}


def names_of(session: Session, actor_id: int) -> list[str]:
    """Returns the names by which an actor is or was known, now and in the past."""
    statement = """SELECT name FROM actor WHERE actor_id = :id UNION SELECT name FROM actor_name WHERE actor_id = :id
        UNION SELECT name FROM past.actor WHERE actor_id = :id UNION SELECT name FROM past.actor_name
        WHERE actor_id = :id UNION SELECT name_as_given FROM participant
        WHERE actor_id = :id AND name_as_given IS NOT NULL ORDER BY 1"""
    return list(session.execute(text(statement), {"id": actor_id}).scalars())


def texts_naming(session: Session, names: Iterable[str]) -> Told:
    """Returns the free texts in which a name stands, or the surname on its own.

    Cost: reads every free text of the record.
    """
    whole = set(names)
    surnames = {name.split()[-1] for name in whole if name.split()}
    words = sorted(whole | {one for one in surnames if len(one) >= SHORTEST})
    found: Told = []
    for noun, fields in FREE_TEXTS.items():
        for field in fields:
            statement = f"SELECT {NOUNS[noun].key} FROM {noun} WHERE {_NAMED.format(field=field)}"
            given = {"words": words, "most": MENTIONS_MAX}
            encode, prefix = ids_of(session).encode, NOUNS[noun].prefix
            numbers = session.execute(text(statement), given).scalars()
            found += [Mention(noun=noun, id=encode(prefix, number), field=field) for number in numbers]
    reasons = text(f"SELECT revision_id FROM revision WHERE {_NAMED.format(field='reason')}")
    said = session.execute(reasons, {"words": words, "most": MENTIONS_MAX}).scalars()
    return found + [Mention(noun="revision", id=str(number), field="reason") for number in said]


def reasons_of(session: Session, noun: str, number: int) -> Told:
    """Returns the revisions that say why they changed a record."""
    rows = session.execute(text(_REASONS), {"noun": noun, "number": number, "most": MENTIONS_MAX}).scalars()
    return [Mention(noun="revision", id=str(revision), field="reason") for revision in rows]


_NAMED: Final = """EXISTS (SELECT FROM unnest(CAST(:words AS text[])) AS w(word)
    WHERE position(lower(word) IN lower({field})) > 0) ORDER BY 1 LIMIT :most"""
_REASONS: Final = """
SELECT DISTINCT r.revision_id FROM history h JOIN revision r USING (log_id)
WHERE r.reason IS NOT NULL AND h.noun = :noun AND h.record_id = :number ORDER BY 1 LIMIT :most
"""
