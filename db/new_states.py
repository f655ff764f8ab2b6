"""States of records that are about to be stored, put together from their rows: history need not read them back.

What is put together here is what ``db.record_states`` would read; a check of history compares both.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from db.record_states import DERIVED, State, columns
from models.accounts import Account
from models.actors import Actor, ActorName
from models.contacts import Contact
from models.participants import Participant
from models.relations import Relation
from models.sources import Source

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
_CONTACT: Final = columns(Contact, DERIVED)
_ACTOR: Final = columns(Actor, ("folded", "keys"))
_NAME: Final = columns(ActorName, ("actor_id", "folded"))
_PARTICIPANT: Final = columns(Participant, ("contact_id",))
_RELATION: Final = columns(Relation, ("contact_id",))
_IDENTIFIER: Final = ("scheme", "value")


def json_moment(moment: datetime) -> str:
    """Returns a moment as PostgreSQL writes it into JSON: no zeros at the end of a fraction."""
    day_and_time, plus, zone = moment.isoformat().partition("+")
    return (day_and_time.rstrip("0") if "." in day_and_time else day_and_time) + plus + zone


def actor_states(tables: Rows, now: datetime) -> dict[int, State]:
    """Returns the states of new actors, by number.

    Args:
        tables: their rows, table by table.
        now: the moment of the transaction.
    """
    stamp = _stamp(now)
    found = {row["actor_id"]: _said(row, _ACTOR) | stamp for row in tables["actor"]}
    for row in tables["actor_name"]:
        found[row["actor_id"]].setdefault("names", []).append(_said(row, _NAME))
    for row in sorted(tables["actor_identifier"], key=lambda row: (row["scheme"], row["value"])):
        found[row["actor_id"]].setdefault("identifiers", []).append(_said(row, _IDENTIFIER))
    return found


def source_states(rows: Iterable[Row], now: datetime) -> dict[int, State]:
    """Returns the states of new sources, by number.

    Args:
        rows: of the table source.
        now: the moment of the transaction.
    """
    stamp = _stamp(now)
    return {row["source_id"]: _said(row, columns(Source)) | stamp for row in rows}


def contact_states(tables: Rows, now: datetime) -> dict[int, State]:
    """Returns the states of new contacts, by number.

    Args:
        tables: their rows, table by table.
        now: the moment of the transaction.
    """
    stamp = _stamp(now)
    found = {row["contact_id"]: _said(row, _CONTACT) | stamp for row in tables["contact"]}
    for row in tables["contact"]:
        found[row["contact_id"]]["follows"] = json.loads(row["follows"])
    for row in tables["participant"]:
        found[row["contact_id"]].setdefault("participants", []).append(_said(row, _PARTICIPANT))
    for table, part, names in (
        ("contact_identifier", "identifiers", _IDENTIFIER),
        ("contact_relation", "relations", _RELATION),
    ):
        for row in sorted(tables.get(table, ()), key=lambda row, names=names: [row[name] for name in names]):  # type: ignore[misc]
            found[row["contact_id"]].setdefault(part, []).append(_said(row, names))
    for noun in ("topic", "episode"):
        _add_ids(
            found, f"{noun}_ids", ((row["contact_id"], row[f"{noun}_id"]) for row in tables.get(f"contact_{noun}", ()))
        )
    return found


def account_states(tables: Rows, now: datetime) -> dict[tuple[int, int], State]:
    """Returns the states of new accounts, by the number of their contact and their own.

    Args:
        tables: the rows of accounts and of what belongs to them, table by table.
        now: the moment of the transaction.
    """
    recorded = {"recorded_at": json_moment(now)}
    rows = {(row["contact_id"], row["account_id"]): row for row in tables.get("account", ())}
    found = {key: _said(row, columns(Account)) | recorded for key, row in rows.items()}
    for aspect, part in (("participant", "participant_ids"), ("denied", "denied_ids")):
        named = (row for row in tables.get("account_actor", ()) if row["aspect"] == aspect)
        _add_ids(found, part, (((row["contact_id"], row["account_id"]), row["actor_id"]) for row in named))
    topics = tables.get("account_topic", ())
    _add_ids(found, "topic_ids", (((row["contact_id"], row["account_id"]), row["topic_id"]) for row in topics))
    return found


def _stamp(now: datetime) -> State:
    return {"version": 1, "recorded_at": json_moment(now), "changed_at": json_moment(now)}


def _said(row: Row, names: Iterable[str]) -> State:
    """Returns those columns of a row that are not null, as JSON values."""
    return {name: _value(row[name]) for name in names if row.get(name) is not None}


def _value(value: Any) -> Any:
    return json_moment(value) if isinstance(value, datetime) else value


def _add_ids(found: dict[Any, State], part: str, pairs: Iterable[tuple[Any, int]]) -> None:
    for key, number in sorted(pairs):
        found[key].setdefault(part, []).append(number)
