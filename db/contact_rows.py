"""From the body of a contact to the rows of its tables."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from db.references import ACTOR, CONTACT, EPISODE, SOURCE, TOPIC, Mention
from models.accounts import AccountFields, AccountIn
from models.bounds import contact_bounds
from models.commitments import CommitmentFields, CommitmentIn
from models.contacts import ContactBody, ContactFields, ContactIn
from models.edtf import parse
from models.participants import ParticipantFields, ParticipantIn

Found = dict[tuple[str, str], int]
Numbers = tuple[Iterator[int], Iterator[int]]
ORDER: Final = (
    *("contact", "contact_identifier", "participant", "account", "account_actor", "account_topic"),
    *("contact_topic", "contact_episode", "contact_relation", "commitment", "commitment_actor", "commitment_account"),
)
"""Tables in the order in which their foreign keys allow rows."""


_OF_CONTACT, _OF_PARTICIPANT = tuple(ContactFields.model_fields), tuple(ParticipantFields.model_fields)
_OF_ACCOUNT, _OF_COMMITMENT = tuple(AccountFields.model_fields), tuple(CommitmentFields.model_fields)


@dataclass(slots=True)
class Rows:
    """Rows that gather table by table."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> None:
        """Adds one row."""
        self.tables.setdefault(table, []).append(row)

    def in_order(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Returns the tables that have rows, in the order in which foreign keys allow them."""
        return [(table, self.tables[table]) for table in ORDER if table in self.tables]

    def account(self, contact_id: int, number: int, body: AccountIn, found: Found) -> None:
        """Adds an account with the actors and topics it names."""
        ids = {"contact_id": contact_id, "account_id": number}
        self.add("account", **ids, **account_columns(body, found))
        for aspect, refs in (("participant", body.participants), ("denied", body.denies)):
            for actor in {found[("actor", ref)] for ref in refs}:
                self.add("account_actor", **ids, aspect=aspect, actor_id=actor)
        for topic in {found[("topic", ref)] for ref in body.topics}:
            self.add("account_topic", **ids, topic_id=topic)

    def commitment(self, ids: dict[str, int], body: CommitmentIn, found: Found, accounts: list[int]) -> None:
        """Adds a commitment with whom it binds and the accounts that state it."""
        fields = {name: getattr(body, name) for name in _OF_COMMITMENT}
        follow_up = found[("contact", body.follow_up)] if body.follow_up else None
        self.add("commitment", **ids, **fields, **due_bounds(body), follow_up_id=follow_up)
        for aspect, refs in (("by", body.by), ("to", body.to)):
            for actor in {found[("actor", ref)] for ref in refs}:
                self.add("commitment_actor", **ids, aspect=aspect, actor_id=actor)
        for number in set(body.accounts):
            self.add("commitment_account", **ids, account_id=accounts[number])


def contact_rows(tables: Rows, number: int, body: ContactIn, found: Found, numbers: Numbers) -> None:
    """Adds all rows of a new contact.

    Args:
        tables: where the rows gather.
        number: the contact's id.
        body: as the client sent it.
        found: what its references mean.
        numbers: ids for its accounts and commitments.
    """
    accounts = [next(numbers[0]) for _ in body.accounts]
    for account, given in zip(accounts, body.accounts, strict=True):
        tables.account(number, account, given, found)
    derived = {"status": "unsettled", "computed_status": "unsettled", "contested": False, "folded": ""}
    tables.add(
        "contact",
        contact_id=number,
        **own_columns(body),
        **contact_bounds(body.when).columns(),
        **derived,
        part_of_id=found[("contact", body.part_of)] if body.part_of else None,
        follows=json.dumps({name: accounts[index] for name, index in body.follows.items()}),
        decided_by="[]",
    )
    for table, rows in part_rows(number, body, found).in_order():
        tables.tables.setdefault(table, []).extend(rows)
    for promise in body.commitments:
        ids = {"contact_id": number, "commitment_id": next(numbers[1])}
        tables.commitment(ids, promise, found, accounts)


def part_rows(number: int, body: ContactBody, found: Found) -> Rows:
    """Returns the rows below a contact that a patch replaces as a whole."""
    tables = Rows()
    for ordinal, given in enumerate(body.participants):
        tables.add("participant", contact_id=number, ordinal=ordinal, **participant_columns(given, found))
    for topic in {found[("topic", ref)] for ref in body.topics}:
        tables.add("contact_topic", contact_id=number, topic_id=topic)
    for episode in {found[("episode", ref)] for ref in body.episodes}:
        tables.add("contact_episode", contact_id=number, episode_id=episode)
    for relation, other in {(one.relation, found[("contact", one.contact)]) for one in body.related}:
        tables.add("contact_relation", contact_id=number, relation=relation, other_id=other)
    for one in body.identifiers:
        tables.add("contact_identifier", contact_id=number, scheme=one.scheme, value=one.value)
    return tables


def due_bounds(body: CommitmentFields) -> dict[str, datetime | None]:
    """Returns the bounds of a commitment's date as columns; an open or unknown end is null."""
    due = parse(body.due) if body.due else None
    return {"due_earliest": due.earliest if due else None, "due_latest": due.latest if due else None}


def own_columns(body: ContactBody) -> dict[str, Any]:
    """Returns a contact's own fields as columns."""
    fields = {name: getattr(body, name, None) for name in _OF_CONTACT}
    when = parse(fields["when"]) if fields["when"] else None
    return {**fields, "offset_minutes": when.offset_minutes if when else None}


def participant_columns(body: ParticipantIn, found: Found) -> dict[str, Any]:
    """Returns a participant's columns, its references resolved."""
    fields = {name: getattr(body, name) for name in _OF_PARTICIPANT}
    refs = {"actor_id": body.actor, "capacity_id": body.capacity, "on_behalf_of_id": body.on_behalf_of}
    return {**fields, **{name: found[("actor", ref)] if ref else None for name, ref in refs.items()}}


def account_columns(body: AccountIn, found: Found) -> dict[str, Any]:
    """Returns an account's columns, its references resolved."""
    fields = {name: getattr(body, name) for name in _OF_ACCOUNT}
    given = body.source
    key = ("source", given) if isinstance(given, str) else ("embedded", given.model_dump_json())
    return {
        **fields,
        "source_id": found[key],
        "speaker_id": found[("actor", body.speaker)] if body.speaker else None,
        "quoted_from_id": found[("source", body.quoted_from)] if body.quoted_from else None,
        "initiator_id": found[("actor", body.initiator)] if body.initiator else None,
    }


def mentions_of(body: ContactBody, at: str) -> list[Mention]:
    """Returns every reference in a body with the place where it stands.

    Args:
        body: a contact; its accounts and commitments too, if it has any.
        at: the pointer to the body itself.
    """
    found: list[Mention] = []
    for i, one in enumerate(body.participants):
        for name in ("actor", "capacity", "on_behalf_of"):
            found += _mention(ACTOR, getattr(one, name), f"{at}/participants/{i}/{name}")
    for noun, refs in ((TOPIC, body.topics), (EPISODE, body.episodes)):
        found += [Mention(noun, ref, f"{at}/{noun.name}s/{i}") for i, ref in enumerate(refs)]
    found += _mention(CONTACT, body.part_of, f"{at}/part_of")
    found += [Mention(CONTACT, one.contact, f"{at}/related/{i}/contact") for i, one in enumerate(body.related)]
    for i, account in enumerate(getattr(body, "accounts", [])):
        found += account_mentions(account, f"{at}/accounts/{i}")
    for i, promise in enumerate(getattr(body, "commitments", [])):
        place = f"{at}/commitments/{i}"
        for name in ("by", "to"):
            found += [Mention(ACTOR, r, f"{place}/{name}/{n}") for n, r in enumerate(getattr(promise, name))]
        found += _mention(CONTACT, promise.follow_up, f"{place}/follow_up")
    return found


def account_mentions(account: AccountIn, at: str) -> list[Mention]:
    """Returns every reference in an account, which stands at this place."""
    found = [*_mention(ACTOR, account.speaker, f"{at}/speaker"), *_mention(ACTOR, account.initiator, f"{at}/initiator")]
    found += _mention(SOURCE, account.quoted_from, f"{at}/quoted_from")
    for name, refs in (("participants", account.participants), ("denies", account.denies)):
        found += [Mention(ACTOR, ref, f"{at}/{name}/{n}") for n, ref in enumerate(refs)]
    found += [Mention(TOPIC, ref, f"{at}/topics/{n}") for n, ref in enumerate(account.topics)]
    if isinstance(account.source, str):
        return found + _mention(SOURCE, account.source, f"{at}/source")
    found += _mention(ACTOR, account.source.publisher, f"{at}/source/publisher")
    return found + _mention(SOURCE, account.source.supersedes, f"{at}/source/supersedes")


def _mention(noun: Any, ref: str | None, pointer: str) -> list[Mention]:
    return [Mention(noun, ref, pointer)] if ref else []
