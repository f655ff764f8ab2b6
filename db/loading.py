"""Whole data sets loaded in one transaction: what is known is left as it is, so a second run changes nothing."""

import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.again import under_savepoint
from db.contacts import add_account, create_contacts
from db.edges import hold_ladder, hold_loads
from db.loading_actors import Newcomers
from db.records import write_down
from db.ties import Later, count_later, count_now
from models.accounts import AccountIn
from models.actors import ActorIn
from models.affiliations import AffiliationIn
from models.contacts import ContactIn
from models.errors import Conflict, Detail, InvalidRecord
from models.sources import SourceIn

BATCH: Final = 500
"""Contacts written together: enough to spread the statements, few enough to keep memory flat."""
COLLECT_AFTER: Final = 100_000
"""New objects after which Python looks for circles of them: a batch makes more, and none are circles."""
Fate = Literal["added", "grown", "known", "refused"]


@contextmanager
def undisturbed() -> Iterator[None]:
    """Looks for circles of dead objects seldom while the block runs, and not among those that were there before it.

    What a load makes dies by itself; looking for it over and over takes a quarter of the time.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a contact that a load took.

    Attributes:
        number: counted from 0 in the order in which contacts were taken.
        fate: added; known already; known, and given further accounts; or refused.
        faults: why it was refused, each with a pointer into the contact's body.
        rows: the `original_row` of each account that was added to a known contact.
    """

    number: int
    fate: Fate
    faults: tuple[Detail, ...] = ()
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A contact that waits to be written."""

    number: int
    body: ContactIn
    grows: bool

    @property
    def key(self) -> tuple[str, str]:
        """Its first identifier, by which the record knows it."""
        return self.body.identifiers[0].scheme, self.body.identifiers[0].value


@dataclass(slots=True)
class Loading:
    """One load into one session; nothing is committed here.

    Actors, affiliations and sources are written when a contact that is written needs them, so a refused contact
    leaves nobody behind. Contacts are written by the batch; each call that writes one returns what became of it.
    """

    session: Session
    counts: Counter[str] = field(default_factory=Counter)
    _newcomers: Newcomers = field(init=False)
    _contacts: list[Taken] = field(default_factory=list)
    _keys: set[tuple[str, str]] = field(default_factory=set)
    _number: int = 0
    _later: Later = field(default_factory=Later)

    def __post_init__(self) -> None:
        self._newcomers = Newcomers(self.session, self.counts)

    def begin(self) -> None:
        """Keeps tenures, and other loads, still until the load is committed or rolled back.

        Contacts are written by others meanwhile, until the load brings an affiliation of somebody whom the record
        has already.
        """
        hold_loads(self.session)
        hold_ladder(self.session, alone=False)

    def actor(self, body: ActorIn, state: str | None = None) -> None:
        """Takes an actor. `state` is where it belongs: then its names, too, may find it in the record."""
        self._newcomers.actor(body, state)

    def affiliation(self, actor: str, body: AffiliationIn) -> None:
        """Takes an affiliation of an actor."""
        self._newcomers.affiliation(actor, body)

    def source(self, body: SourceIn) -> None:
        """Takes a source, which has a slug."""
        self._newcomers.source(body)

    def contact(self, body: ContactIn, *, grows: bool = False) -> list[Settled]:
        """Takes a contact; its first identifier is its key.

        Args:
            body: the contact.
            grows: whether a contact that the record holds is given those accounts whose source it lacks.

        Returns:
            What became of the contacts that were written meanwhile; often none.
        """
        taken = Taken(self._number, body, grows)
        # One batch must not hold two of one key: the second is to find the first in the record.
        settled = self._write() if taken.key in self._keys else []
        self._number += 1
        self._contacts.append(taken)
        self._keys.add(taken.key)
        return settled + self._write() if len(self._contacts) >= BATCH else settled

    def flush(self) -> list[Settled]:
        """Writes what was taken and the ties that follow from it all, and returns what became of it."""
        settled = self._write()
        under_savepoint(self.session, lambda: count_now(self.session))
        return settled

    def _write(self) -> list[Settled]:
        taken, self._contacts = self._contacts, []
        self._keys.clear()
        if not taken:
            return []
        self._later = count_later(self.session)
        held = self._held(taken)
        fresh = [one for one in taken if one.key not in held]
        settled = [self._known(one, held[one.key]) for one in taken if one.key in held]
        settled += self._added(fresh)
        write_down(self.session)
        return sorted(settled, key=lambda one: one.number)

    def _held(self, taken: Sequence[Taken]) -> dict[tuple[str, str], int]:
        schemes, values = zip(*(one.key for one in taken), strict=True)
        rows = self.session.execute(text(_HELD), {"schemes": list(schemes), "values": list(values)})
        return {(row.scheme, row.value): row.contact_id for row in rows}

    def _added(self, fresh: Sequence[Taken]) -> list[Settled]:
        if not fresh:
            return []
        bodies = [one.body for one in fresh]

        def write() -> None:
            self._newcomers.write_for(bodies)
            create_contacts(self.session, bodies, batch=True)

        try:
            under_savepoint(self.session, write, self._take_back)
        except (InvalidRecord, Conflict) as error:
            return self._without_culprits(fresh, error)
        self._keep()
        self.counts["contacts"] += len(fresh)
        return [Settled(one.number, "added") for one in fresh]

    def _without_culprits(self, fresh: Sequence[Taken], error: InvalidRecord | Conflict) -> list[Settled]:
        """Refuses the contacts that a fault names, or else finds them by halves, and writes the others."""
        self._take_back()
        named = culprits(error)
        if named:
            guilty = [Settled(fresh[number].number, "refused", tuple(faults)) for number, faults in named.items()]
            return guilty + self._added([one for number, one in enumerate(fresh) if number not in named])
        if len(fresh) == 1:
            faults = tuple(error.errors) or (Detail("refused", error.detail, pointer=""),)
            return [Settled(fresh[0].number, "refused", faults)]
        middle = len(fresh) // 2
        return self._added(fresh[:middle]) + self._added(fresh[middle:])

    def _known(self, one: Taken, contact_id: int) -> Settled:
        fresh = self._unsaid(one, contact_id) if one.grows else []
        if not fresh:
            self.counts["contacts known"] += 1
            return Settled(one.number, "known")

        def write() -> None:
            self._newcomers.write_for([one.body])
            for account in fresh:
                add_account(self.session, contact_id, account)

        try:
            under_savepoint(self.session, write, self._take_back)
        except (InvalidRecord, Conflict) as error:
            self._take_back()
            return Settled(one.number, "refused", tuple(error.errors) or (Detail("refused", error.detail, pointer=""),))
        self._keep()
        self.counts["accounts"] += len(fresh)
        return Settled(one.number, "grown", rows=tuple(account.original_row or "" for account in fresh))

    def _keep(self) -> None:
        self._newcomers.settle()
        self._later.keep()

    def _take_back(self) -> None:
        self._newcomers.forget()
        self._later.drop()

    def _unsaid(self, one: Taken, contact_id: int) -> list[AccountIn]:
        """Returns the accounts whose source has not said this of the contact; a retracted contact takes none."""
        said = {(row.slug, row.stance) for row in self.session.execute(text(_SAID), {"id": contact_id})}
        if not said:
            return []
        return [account for account in one.body.accounts if (account.source, account.stance) not in said]


def culprits(error: InvalidRecord | Conflict) -> dict[int, list[Detail]]:
    """Returns the faults of a batch by the number of the contact they stand in; none if they name no contact."""
    found: dict[int, list[Detail]] = {}
    for one in error.errors:
        root, _, rest = (one.pointer or "").removeprefix("/").partition("/")
        number, _, inside = rest.partition("/")
        if root == "contacts" and number.isdecimal():
            found.setdefault(int(number), []).append(Detail(one.code, one.message, pointer=f"/{inside}"))
    return found


_HELD: Final = """
SELECT i.* FROM unnest(CAST(:schemes AS text[]), CAST(:values AS text[])) AS asked(scheme, value)
CROSS JOIN LATERAL (SELECT scheme, value, contact_id FROM contact_identifier i
    WHERE i.scheme = asked.scheme AND i.value = asked.value LIMIT 1) i
"""
_SAID: Final = """
SELECT s.slug, a.stance FROM account a JOIN source s USING (source_id) JOIN contact c USING (contact_id)
WHERE a.contact_id = :id AND c.retracted_at IS NULL
"""
