"""One contact with its accounts, as the comparison and the acknowledgement of it start from."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from db.documents import actor_link, contact_link, own
from db.engine import ids_of
from db.events import Dossier, dossiers
from models.acknowledgement import first_word, governments
from models.comparison import compared_stances
from models.errors import NotFound, Retracted
from models.status import BECAUSE, Word


@dataclass(slots=True)
class Evidence:
    """A contact, its accounts in force in the order in which they spoke, and what answers say of actors.

    Attributes:
        row: of the contact.
        dossier: as the rules see it.
        accounts: by number; withdrawn ones and those of superseded sources among them.
        links: models.base.ActorLink by actor.
        public: the public ids of accounts.
    """

    row: Row[Any]
    dossier: Dossier
    accounts: Mapping[int, Row[Any]]
    links: Mapping[int, dict[str, Any]]
    public: Mapping[int, str]

    @property
    def words(self) -> list[Word]:
        """The words of the accounts in force, as they were spoken."""
        return sorted(self.dossier.words, key=lambda word: (word.order, word.account))

    @property
    def compared(self) -> list[Word]:
        """The words held against each other: versions of what took place, or while nobody affirms, of the plan."""
        stances = compared_stances(word.stance for word in self.dossier.words)
        return [word for word in self.words if word.stance in stances]

    @property
    def listing(self) -> list[Word]:
        """The same, with the denials that name participants: they say who was not there."""
        compared = {word.account for word in self.compared}
        return [word for word in self.words if word.account in compared or word.is_partial]

    def members(self, side: Hashable) -> list[int]:
        """Returns the governments on a side, or the actor who is a side by himself."""
        if isinstance(side, tuple) and side[0] == "actor":
            return [side[1]]
        return governments(self.dossier.event)[side]

    def side_name(self, side: Hashable) -> str:
        """Returns how the answer calls a side."""
        if isinstance(side, tuple) and side[0] == "label":
            return str(side[1])
        return "+".join(self.links[actor]["slug"] for actor in self.members(side))

    def voice_name(self, word: Word) -> str:
        """Returns how the answer calls whoever speaks."""
        if word.side is not None:
            return self.side_name(word.side)
        row = self.accounts[word.account]
        return f"unnamed official of {row.named}" if row.document["speaker_unnamed"] else str(row.named)

    def said_by(self, accounts: Collection[int]) -> dict[str, list[str]]:
        """Returns the accounts and voices of an answer's member."""
        words = [word for word in self.words if word.account in accounts]
        voices = dict.fromkeys(self.voice_name(word) for word in words)
        return {"accounts": [self.public[word.account] for word in words], "voices": list(voices)}


def voice_of(word: Word) -> Hashable:
    """Returns the side for which a word is spoken, else its speaker."""
    return word.side if word.side is not None else ("speaker", word.speaker)


def read_evidence(session: Session, contact_id: int) -> Evidence:
    """Returns a contact with its accounts.

    Raises:
        NotFound: there is none.
        Retracted: it was taken out of the record; the sentence says why.

    Cost: seven statements.
    """
    row = session.execute(text(_CONTACT), {"id": contact_id}).one_or_none()
    if row is None:
        raise NotFound
    if row.retracted_at is not None:
        raise Retracted(f"This contact has been retracted: {row.retraction_reason}")
    dossier = dossiers(session, [contact_id])[contact_id]
    accounts = {one.account_id: one for one in session.execute(text(_ACCOUNTS), {"id": contact_id})}
    event = dossier.event
    actors = {actor for units in governments(event).values() for actor in units}
    actors |= {taker.actor_id for taker in event.takers}
    for one in accounts.values():
        actors |= {*one.named_ids, *one.denied_ids, *([one.initiator_id] if one.initiator_id else ())}
    links = {one.actor_id: one.link for one in session.execute(text(_LINKS), {"ids": sorted(actors)})}
    ids = ids_of(session)
    return Evidence(row, dossier, accounts, links, {number: ids.encode("acc", number) for number in accounts})


def reasons(evidence: Evidence) -> dict[str, Any]:
    """Returns models.evidence.StatusReasons: what became of the contact, and which accounts decided it."""
    verdict, row = evidence.dossier.verdict, evidence.row
    return {
        "status": evidence.dossier.status,
        "computed_status": verdict.status,
        "contested": verdict.contested,
        "because": BECAUSE[verdict.status],
        "decided_by": [evidence.public[account] for account in verdict.decided_by],
        "ruling": row.ruling,
        "ruling_reason": row.ruling_reason,
    }


def sides(evidence: Evidence) -> list[dict[str, Any]]:
    """Returns models.evidence.SideOut of each side, those that spoke first before the others."""
    spoke = dict.fromkeys(word.side for word in evidence.words if word.side is not None)
    order = dict.fromkeys([*spoke, *evidence.dossier.event.sides().values()])
    found = []
    for side in order:
        own_words = [word for word in evidence.words if word.side == side]
        found.append(
            {
                "side": evidence.side_name(side),
                "actors": [evidence.links[actor] for actor in evidence.members(side)],
                "word": first_word(own_words)[0],
                "accounts": [evidence.public[word.account] for word in own_words],
            }
        )
    return found


_CONTACT: Final = f"""
SELECT c.contact_id, c.version, c.retracted_at, c.retraction_reason, c.ruling, c.ruling_reason,
    {contact_link("c")} AS link,
    ARRAY(SELECT x.topic_id FROM contact_topic x WHERE x.contact_id = c.contact_id ORDER BY 1) AS topic_ids
FROM contact c WHERE c.contact_id = :id
"""
_OF_ACCOUNT: Final = "x.contact_id = a.contact_id AND x.account_id = a.account_id"
_ACCOUNTS: Final = f"""
SELECT a.account_id, a.kind, a."when", a.duration_minutes, a.initiator_id, a.list_exhaustive, a.withdrawn_at,
    coalesce(q.published, s.published) AS published,
    coalesce(v.slug, s.publisher_name, s.slug, s.title) AS named,
    ARRAY(SELECT x.actor_id FROM account_actor x WHERE {_OF_ACCOUNT} AND x.aspect = 'participant') AS named_ids,
    ARRAY(SELECT x.actor_id FROM account_actor x WHERE {_OF_ACCOUNT} AND x.aspect = 'denied') AS denied_ids,
    ARRAY(SELECT x.topic_id FROM account_topic x WHERE {_OF_ACCOUNT}) AS topic_ids,
    json_build_object('id', public_id('acc', a.account_id), 'speaker', {actor_link("v")},
        {own("a", ("speaker_unnamed", "stance", "paraphrase", "list_exhaustive"))},
        'source', json_build_object('id', public_id('src', s.source_id), 'publisher', {actor_link("w")},
            {own("s", ("slug", "title", "kind", "url", "archived_url", "publisher_name", "published"))})) AS document
FROM account a JOIN source s USING (source_id) LEFT JOIN source q ON q.source_id = a.quoted_from_id
LEFT JOIN actor v ON v.actor_id = coalesce(a.speaker_id, s.publisher_id)
LEFT JOIN actor w ON w.actor_id = s.publisher_id
WHERE a.contact_id = :id ORDER BY a.account_id
"""
_LINKS: Final = f"SELECT n.actor_id, {actor_link('n')} AS link FROM actor n WHERE n.actor_id = ANY(:ids)"
