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
    return {
        row.actor_id: {
            "id": ids.encode("act", row.actor_id),
            "slug": row.slug,
            "name": row.name,
            "kind": row.kind,
        }
        for row in asking.execute(_ACTORS, {"ids": sorted(set(actor_ids))})
    }


def pair_address(asked: GraphQuestion, ego: str, alter: str) -> str:
    """Returns the address of the contacts that join two slugs under a question's other filters."""
    return f"/v1/contacts?between={ego},{alter}&level={asked.level}{narrowing(contact_filter(asked))}"


def day_text(moment: datetime) -> str | None:
    """Returns a bound as JSON; the sentinels of unknown and open ends are null."""
    return None if moment in (FIRST_MOMENT, LAST_MOMENT) else moment.isoformat()


def span(earliest: datetime, latest: datetime) -> dict[str, str | None]:
    """Returns models.edges.DateRange."""
    return {"earliest": day_text(earliest), "latest": day_text(latest)}
