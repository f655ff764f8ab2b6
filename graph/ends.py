"""What a graph answer shows of its ends: actors as other records mention them, and where a pair's contacts are."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from db.engine import ids_of
from graph.questions import Asking
from graph.ties import narrowing
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.filters import ContactConditions, ContactFilter
from models.graph import GraphQuestion
from models.ids import IdKey

_ACTORS: Final = "SELECT actor_id, slug, name, kind FROM actor WHERE actor_id = ANY(:ids)"


def contact_filter(asked: GraphQuestion, *, actor: Sequence[str] = (), between: Sequence[str] = ()) -> ContactFilter:
    """Returns the contacts that a graph question, valid already, is about, as a filter."""
    shared: dict[str, Any] = {name: getattr(asked, name) for name in ContactConditions.model_fields}
    return ContactFilter.model_construct(**shared, actor=list(actor), between=list(between))


def actor_links(asking: Asking, actor_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Returns models.base.ActorLink of actors, by their rows.

    Cost: one statement.
    """
    ids = ids_of(asking.session)
    rows = asking.execute(_ACTORS, {"ids": sorted(set(actor_ids))})
    return {row.actor_id: actor_link(ids, row.actor_id, row.slug, row.name, row.kind) for row in rows}


def actor_link(ids: IdKey, actor_id: int, slug: str, name: str, kind: str) -> dict[str, Any]:
    """Returns models.base.ActorLink of one actor."""
    return {"id": ids.encode("act", actor_id), "slug": slug, "name": name, "kind": kind}


def pair_address(asked: GraphQuestion, ego: str, alter: str) -> str:
    """Returns the address of the contacts that join two slugs under a question's other filters."""
    return f"/v1/contacts?between={ego},{alter}&level={asked.level}{narrowing(contact_filter(asked))}"


def day_text(moment: datetime) -> str | None:
    """Returns a bound as JSON; the sentinels of unknown and open ends are null."""
    return None if moment in (FIRST_MOMENT, LAST_MOMENT) else moment.isoformat()


def span(earliest: datetime, latest: datetime) -> dict[str, str | None]:
    """Returns models.edges.DateRange."""
    return {"earliest": day_text(earliest), "latest": day_text(latest)}
