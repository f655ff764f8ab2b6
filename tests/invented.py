"""A small invented record of two states, with gaps that can be counted by hand."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from db.actors import create_actor
from db.affiliations import create_affiliation
from db.contacts import create_contacts
from models.actors import ActorIn
from models.affiliations import AffiliationFields
from models.contacts import ContactIn

TODAY: Final = date(2021, 5, 20)
KINDS: Final = {
    **dict.fromkeys(("arcadia", "borduria", "cimmeria"), "state"),
    **dict.fromkeys(("cabinet", "court"), "organisation"),
    **dict.fromkeys(("anna", "boris", "carl", "dora", "egon"), "person"),
}
AFFILIATIONS: Final = (
    *(("cabinet", "part_of", "arcadia"), ("court", "part_of", "borduria")),
    *(("anna", "belongs_to", "cabinet"), ("boris", "belongs_to", "court")),
    *(("carl", "belongs_to", "arcadia"), ("dora", "belongs_to", "borduria"), ("egon", "belongs_to", "cimmeria")),
)
HEAD, MINISTER, AMBASSADOR = "head_of_government", "minister", "ambassador"
TALKS: Final = (
    ("call", "2019-01-10", (HEAD, HEAD)),
    ("meeting", "2019-03-01", (HEAD, MINISTER)),
    ("call", "2019-05", (HEAD, HEAD)),
    ("visit", "2019-09-17/2019-09-19", (HEAD, HEAD)),
    ("call", "2020-01-07", (HEAD, None)),
    ("call", "2020-04-16", (MINISTER, MINISTER)),
    ("call", "2020-08-04", (HEAD, MINISTER)),
    ("call", "2020-11-05", (HEAD, HEAD)),
    ("meeting", "2020-11-05", (HEAD, HEAD)),
    ("call", "2021-03-24", (HEAD, HEAD)),
    ("engagement", "2021-04-01", (HEAD, HEAD)),
    ("call", "2021-04", (HEAD, HEAD)),
)
"""Between Anna and Boris. Counted are nine: two on one day, and neither the two months nor the engagement. The gaps
are 50, 200 (to the visit), 110 (from its last day), 100, 110, 93 and 139 days; their median is 110."""
GAPS: Final = (50, 200, 110, 100, 110, 93, 139)


def invent(session: Session) -> None:
    """Fills an empty record with the actors, and with the talks of Anna and Boris."""
    numbers: dict[str, int] = {}
    for slug, kind in KINDS.items():
        type_ = "government" if kind == "organisation" else None
        body = {"slug": slug, "name": slug.title(), "kind": kind, "organisation_type": type_}
        numbers[slug] = create_actor(session, ActorIn.model_validate(body)).actor_id or 0
    for actor, relation, target in AFFILIATIONS:
        fields = AffiliationFields.model_validate({"relation": relation, "since": "..", "until": ".."})
        create_affiliation(session, numbers[actor], numbers[target], fields)
    for kind, when, levels in TALKS:
        talk(session, kind, when, taker("anna", levels[0], initiator=kind == "call" or None), taker("boris", levels[1]))
    # The ambassadors: of their states, and of nobody else.
    talk(session, "meeting", "2021-05-01", taker("carl", AMBASSADOR), taker("dora", AMBASSADOR, initiator=True))


def taker(actor: str, level: str | None = None, role: str | None = None, **more: Any) -> dict[str, Any]:
    """Returns a participant."""
    return {"actor": actor, "level": level, **({"role": role} if role else {}), **more}


def talk(session: Session, kind: str, when: str | None, *takers: dict[str, Any], **more: Any) -> int:
    """Records a contact that a newspaper affirms, and returns its number."""
    takers = with_roles(kind, takers)
    accounts = [{"source": {"kind": "other", "title": f"On {when}"}}]
    body = {"kind": kind, "when": when, "participants": takers, "accounts": accounts, **more}
    return create_contacts(session, [ContactIn.model_validate(body)])[0]


def with_roles(kind: str, takers: Sequence[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Returns participants with the roles that a visit needs, where none are given: the first one travels."""
    if kind != "visit" or any("role" in one for one in takers):
        return tuple(takers)
    return tuple({**one, "role": "host" if n else "visitor"} for n, one in enumerate(takers))
