"""How contacts are known: the accounts that count, with their documents, and for whose side each speaks."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from db.documents import actor_link, moment, source_link
from db.events import Dossier, dossiers
from graph.questions import Asking
from models.status import Word, standing

_CONTACTS: Final = f"""
SELECT c.contact_id, json_build_object('id', public_id('con', c.contact_id), 'kind', c.kind, 'when', c."when",
    'contact', '/v1/contacts/' || public_id('con', c.contact_id), 'earliest', {moment("c.earliest")},
    'latest', {moment("c.latest")}, 'contested', c.contested, 'place', c.place, 'summary', c.summary,
    'participants', (SELECT json_agg({actor_link("n")} ORDER BY p.ordinal) FROM participant p
        JOIN actor n ON n.actor_id = p.actor_id WHERE p.contact_id = c.contact_id)) AS contact
FROM contact c WHERE c.contact_id = ANY(:ids)
"""
_ACCOUNTS: Final = f"""
SELECT a.contact_id, a.account_id, json_build_object('account', public_id('acc', a.account_id), 'stance', a.stance,
    'speaker', {actor_link("v")}, 'speaker_unnamed', a.speaker_unnamed, 'source', {source_link("s")},
    'publisher', {actor_link("w")}, 'publisher_name', s.publisher_name, 'url', s.url,
    'archived_url', s.archived_url, 'published', s.published) AS citation
FROM account a JOIN source s USING (source_id) LEFT JOIN actor w ON w.actor_id = s.publisher_id
LEFT JOIN actor v ON v.actor_id = coalesce(a.speaker_id, s.publisher_id)
WHERE a.contact_id = ANY(:ids) AND a.withdrawn_at IS NULL ORDER BY a.contact_id, a.account_id
"""
Ends = tuple[int, int]


@dataclass(slots=True)
class Citations:
    """Some contacts with the accounts that count.

    Attributes:
        contacts: the plain members of models.brief.CitedContact, by contact.
        accounts: plain members of models.brief.Citation, by contact and account.
        dossiers: the contacts as the rules see them.
    """

    contacts: dict[int, dict[str, Any]]
    accounts: dict[int, dict[int, dict[str, Any]]] = field(default_factory=dict)
    dossiers: Mapping[int, Dossier] = field(default_factory=dict)

    def sources(self, contact: int, ends: Ends, level: str) -> list[dict[str, Any]]:
        """Returns models.brief.Citation of a contact, as a pair at a level sees it."""
        sides = self._sides(contact, ends, level)
        said = {word.account: word for word in self.dossiers[contact].words}
        return [
            {**citation, "side": sides.get(said[account].side)}
            for account, citation in self.accounts.get(contact, {}).items()
            if account in said
        ]

    def cited(self, contact: int, ends: Ends, level: str, status: str) -> dict[str, Any]:
        """Returns models.brief.CitedContact, as a pair at a level sees it."""
        sides = self._sides(contact, ends, level)
        words = self.dossiers[contact].words
        stances = {end: _stance(words, [side for side, of in sides.items() if of == end]) for end in ("ego", "alter")}
        more = {"level": level, "status": status, "stances": stances}
        return {**self.contacts[contact], **more, "sources": self.sources(contact, ends, level)}

    def _sides(self, contact: int, ends: Ends, level: str) -> dict[Hashable, str]:
        """Returns which side of a contact is whose; a side on which both stand is nobody's."""
        event = self.dossiers[contact].event
        labels = event.sides()
        found: dict[Hashable, set[str]] = {}
        for taker in event.takers:
            for name, end in zip(("ego", "alter"), ends, strict=True):
                if taker.actor_id in labels and any(unit.unit == end for unit in event.units(taker, level)):
                    found.setdefault(labels[taker.actor_id], set()).add(name)
        return {side: next(iter(names)) for side, names in found.items() if len(names) == 1}


def _stance(words: Sequence[Word], sides: Sequence[Hashable]) -> str | None:
    """Returns the standing word of a side; what it denies of participants only, where it has said nothing else."""
    stand = [word for word in standing(words) if word.side in sides]
    partial = [word for word in words if word.is_partial and word.side in sides]
    return stand[-1].stance if stand else "denies" if partial else None


def read_citations(asking: Asking, contacts: Collection[int]) -> Citations:
    """Returns some contacts with the accounts that count; a contact that was retracted is absent.

    Cost: seven statements, whatever the number of contacts.
    """
    ids = {"ids": sorted(contacts)}
    found = Citations({row.contact_id: row.contact for row in asking.execute(_CONTACTS, ids)})
    for row in asking.execute(_ACCOUNTS, ids):
        found.accounts.setdefault(row.contact_id, {})[row.account_id] = row.citation
    found.dossiers = dossiers(asking.session, sorted(contacts))
    return found
