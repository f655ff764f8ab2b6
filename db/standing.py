"""What a record has to find when it comes to stand again: all that it names, and participants who are several."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.engine import ids_of
from db.mergers import FEWEST_PARTICIPANTS
from db.references import ACTOR, CONTACT, NOUNS, Noun
from models.erasure import ERASED
from models.errors import Conflict


def check_named(session: Session, noun: Noun, record: dict[str, int]) -> None:
    """Lets a record stand that names only what stands.

    Args:
        session: to read with.
        noun: of the record.
        record: its ``id``; of an account that of its contact, and its own as ``account``.

    Raises:
        Conflict: it names what was retracted or merged; the sentence says what to do first.
    """
    if noun.name not in _NAMED:
        return
    row = session.execute(text(_GONE.format(named=_NAMED[noun.name])), record).first()
    if row is None:
        return
    other = NOUNS[row.noun]
    there = f"/v1/{other.name}s/{ids_of(session).encode(other.prefix, row.number)}"
    way = "was retracted; restore that first."
    if row.merged or row.erased:
        way = "was merged; undo that first." if row.merged else "was erased for good."
    raise Conflict(f"This {noun.name} names {there}, which {way}", extra={"existing": there})


def check_takers(session: Session, contact_id: int) -> None:
    """Lets a contact stand whose participants are several.

    Raises:
        Conflict: merges have made them one; the sentence says which to undo first.
    """
    takers = session.scalars(text(_TAKERS), {"id": contact_id}).all()
    if len(takers) >= FEWEST_PARTICIPANTS:
        return
    ids = ids_of(session)
    said = f"The contact {ids.encode(CONTACT.prefix, contact_id)} would be left between one actor alone"
    one = session.scalar(text(_MADE_ONE), {"id": contact_id, "takers": list(takers)})
    raise Conflict(f"{said}; undo the merge of {ids.encode(ACTOR.prefix, one)} first." if one else f"{said}.")


_TAKERS: Final = "SELECT actor_id FROM participant WHERE contact_id = :id"
_MADE_ONE: Final = """
SELECT m.record_id FROM history m JOIN actor a ON a.actor_id = m.record_id
WHERE m.noun = 'actor' AND m.action = 'merge' AND a.merged_into_id = ANY(:takers) AND EXISTS (
    SELECT FROM history c WHERE c.log_id = m.log_id AND c.noun = 'contact' AND c.record_id = :id)
ORDER BY m.log_id DESC LIMIT 1
"""
"""The latest merge by which two who took part in a contact became one."""
_GONE: Final = f"""
WITH named(noun, number) AS ({{named}})
SELECT n.noun, n.number, a.merged_into_id IS NOT NULL AS merged, false AS erased
    FROM named n JOIN actor a ON a.actor_id = n.number
    WHERE n.noun = 'actor' AND a.retracted_at IS NOT NULL AND a.retraction_reason <> '{ERASED}'
UNION ALL SELECT n.noun, n.number, c.merged_into_id IS NOT NULL, c.retraction_reason = '{ERASED}'
    FROM named n JOIN contact c ON c.contact_id = n.number
    WHERE n.noun = 'contact' AND c.retracted_at IS NOT NULL
UNION ALL SELECT n.noun, n.number, false, false FROM named n JOIN source s ON s.source_id = n.number
    WHERE n.noun = 'source' AND s.retracted_at IS NOT NULL
UNION ALL SELECT n.noun, n.number, false, false FROM named n JOIN topic t ON t.topic_id = n.number
    WHERE n.noun = 'topic' AND t.retracted_at IS NOT NULL
UNION ALL SELECT n.noun, n.number, false, false FROM named n JOIN episode e ON e.episode_id = n.number
    WHERE n.noun = 'episode' AND e.retracted_at IS NOT NULL
ORDER BY noun, number LIMIT 1
"""
"""An erased person stays in his contacts without a name: he is no hindrance."""
_OF_ACCOUNTS: Final = """
SELECT x.noun, x.number FROM account a CROSS JOIN LATERAL (VALUES ('source', a.source_id), ('source', a.quoted_from_id),
    ('actor', a.speaker_id), ('actor', a.initiator_id)) x(noun, number) WHERE a.contact_id = :id AND {which}
UNION SELECT 'actor', x.actor_id FROM account_actor x JOIN account a USING (contact_id, account_id)
    WHERE a.contact_id = :id AND {which}
UNION SELECT 'topic', x.topic_id FROM account_topic x JOIN account a USING (contact_id, account_id)
    WHERE a.contact_id = :id AND {which}
"""
_NAMED: Final = {
    "source": "SELECT 'actor', publisher_id FROM source WHERE source_id = :id",
    "topic": "SELECT 'topic', broader_id FROM topic WHERE topic_id = :id",
    "affiliation": """SELECT 'actor', actor_id FROM affiliation WHERE affiliation_id = :id
        UNION SELECT 'actor', target_id FROM affiliation WHERE affiliation_id = :id""",
    "designation": "SELECT 'actor', actor_id FROM designation WHERE designation_id = :id",
    "coverage": "SELECT 'actor', publisher_id FROM coverage WHERE coverage_id = :id",
    "dismissal": """SELECT noun, first_id FROM dismissal WHERE dismissal_id = :id
        UNION SELECT noun, second_id FROM dismissal WHERE dismissal_id = :id""",
    "account": _OF_ACCOUNTS.format(which="a.account_id = :account"),
    "contact": f"""SELECT x.noun, x.number FROM participant p CROSS JOIN LATERAL (VALUES ('actor', p.actor_id),
            ('actor', p.capacity_id), ('actor', p.on_behalf_of_id)) x(noun, number) WHERE p.contact_id = :id
        UNION SELECT 'topic', topic_id FROM contact_topic WHERE contact_id = :id
        UNION SELECT 'episode', episode_id FROM contact_episode WHERE contact_id = :id
        UNION SELECT 'contact', part_of_id FROM contact WHERE contact_id = :id
        UNION SELECT 'actor', actor_id FROM commitment_actor WHERE contact_id = :id
        UNION {_OF_ACCOUNTS.format(which="a.withdrawn_at IS NULL")}""",
}
"""What each noun names that has to stand, by noun and number."""
