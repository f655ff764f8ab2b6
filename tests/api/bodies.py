"""A full body for every writing operation: each field of its shape is filled."""

from collections.abc import Iterator
from datetime import date
from typing import Any

SOURCE = {
    "kind": "readout",
    "title": "Readout of a call",
    "publisher": "white-house",
    "publisher_name": "The White House",
    "url": "https://example.org/readout",
    "archived_url": "https://archive.example.org/readout",
    "language": "en",
    "published": "2021-05-13",
    "updated": "at 5:19 p.m.",
    "retrieved": "2021-05-14T10:00:00Z",
    "sha256": "0" * 64,
    "reliability": "B",
    "note": "As published.",
    "slug": "a-readout",
    "supersedes": "press-report-2021-05-12",
}
ACCOUNT = {
    "source": SOURCE,
    "stance": "affirms",
    "speaker": "white-house",
    "speaker_unnamed": False,
    "quoted_from": "biden-remarks-2021-05-12",
    "initiator": "joe-biden",
    "kind": "call",
    "when": "2021-05-12",
    "duration_minutes": 30,
    "paraphrase": "They spoke.",
    "credibility": 2,
    "list_exhaustive": True,
    "parties_met": False,
    "original_code": "041",
    "original_row": "17",
    "participants": ["joe-biden"],
    "denies": [],
    "topics": ["military"],
}
PARTICIPANT = {
    "actor": "joe-biden",
    "capacity": "president-of-the-united-states",
    "on_behalf_of": "united-states",
    "role": "visitor",
    "side": "us",
    "initiator": True,
    "presence": "remote",
    "level": "head_of_state",
    "name_as_given": "President Biden",
}
CONTACT = {
    "kind": "visit",
    "when": "2021-05-12",
    "date_basis": "stated",
    "medium": None,
    "protocol": "working",
    "track": "1",
    "talks": "direct",
    "duration_minutes": 30,
    "place": "by telephone",
    "summary": "A call.",
    "participants": [PARTICIPANT, {"actor": "benjamin-netanyahu", "role": "principal"}],
    "identifiers": [{"scheme": "test", "value": "1"}],
    "topics": ["military"],
    "episodes": ["gaza-may-2021"],
    "part_of": "example:first-world/16",
    "related": [{"relation": "follows", "contact": "example:first-world/2"}],
}
COMMITMENT = {
    "text": "They will speak again.",
    "due": "2021-06",
    "outcome": 1,
    "by": ["joe-biden"],
    "to": ["benjamin-netanyahu"],
    "accounts": [0],
    "follow_up": "example:first-world/2",
}
FULL_CONTACT = {**CONTACT, "accounts": [ACCOUNT], "follows": {"kind": 0, "when": 0}, "commitments": [COMMITMENT]}
ACTOR = {
    "kind": "organisation",
    "name": "Ministry of Tests",
    "organisation_type": "ministry",
    "provisional": False,
    "description": "A ministry.",
    "slug": "ministry-of-tests",
    "names": [{"name": "MoT", "lang": "en", "script": "Latn", "kind": "acronym"}],
    "identifiers": [{"scheme": "test", "value": "1"}],
}
SPAN = {"since": "2001", "until": "2005-06"}
FIRST_DAY = date(1001, 1, 1).toordinal()
TENURE = {**SPAN, "note": "As listed."}
BODIES: dict[str, dict[str, Any]] = {
    "create_actor": ACTOR,
    "patch_actor": ACTOR,
    "create_source": SOURCE,
    "patch_source": {**SOURCE, "supersedes": None},
    "create_topic": {"label": "Tests", "description": "About tests.", "slug": "tests", "broader": "military"},
    "patch_topic": {"label": "Tests", "description": "About tests.", "slug": "tests", "broader": "military"},
    "create_episode": {"name": "Tests", "description": "A time.", "slug": "tests", **SPAN},
    "patch_episode": {"name": "Tests", "description": "A time.", "slug": "tests", **SPAN},
    "create_affiliation": {"relation": "belongs_to", "target": "iso3:ISR", "title": "Clerk", **TENURE},
    "patch_affiliation": {"relation": "belongs_to", "target": "iso3:ISR", "title": "Clerk", **TENURE},
    "create_designation": {"list": "List", "authority": "Authority", **TENURE},
    "patch_designation": {"list": "List", "authority": "Another authority", **TENURE},
    "create_dismissal": {"of": "actors", "pair": ["iso3:ISR", "iso3:USA"], "reason": "Two states of similar names."},
    "create_coverage": {"publisher": "white-house", **TENURE},
    "patch_coverage": {"publisher": "white-house", **TENURE, "note": "Every working day."},
    "create_contact": FULL_CONTACT,
    "create_contacts": {"contacts": [FULL_CONTACT]},
    "patch_contact": {**CONTACT, "part_of": None},
    "add_account": ACCOUNT,
    "merge_actor": {"into": "antony-blinken"},
    "merge_contact": {"into": "example:first-world/2"},
    "put_ruling": {"ruling": "confirmed", "reason": "Seen by witnesses."},
    "patch_commitment": {
        **{"text": "They will speak soon.", "due": "2021-07", "outcome": 1, "outcome_account": None},
        "follow_up": "example:first-world/2",
    },
    "search_contacts": {"actor": ["joe-biden"], "kind": ["call"], "from": "2021", "to": "2022", "limit": 5},
    "export_contact_search": {"actor": ["joe-biden"], "kind": ["call"], "from": "2021", "to": "2022", "limit": 5},
    "create_key": {"name": "Test", "scopes": ["read"], "expires_at": "2990-01-01T00:00:00Z"},
    "rotate_key": {"overlap_minutes": 5},
}
_CODES = """AFG ALB DZA AGO ARG ARM AUS AUT AZE BHR BGD BLR BEL BEN BOL BWA BRA BGR BFA BDI KHM CMR CAN TCD CHL CHN COL
    CRI HRV CUB CYP CZE DNK ECU EGY SLV EST ETH FIN FRA GAB GEO DEU GHA GRC GTM GIN HTI HND HUN ISL IND IDN IRN IRQ IRL
    ISR ITA JPN JOR KAZ KEN KWT LAO LVA LBN LBY LTU MDG MYS MLI MEX MAR NPL NLD NZL NER NGA NOR OMN PAK PER"""
STATES = [f"iso3:{code}" for code in _CODES.split()]
"""Of whom every two are two: pairs that nobody has dismissed."""
SLUGGED = ("actor", "source", "topic", "episode")
PATCHED = ("actor", "source", "topic", "episode", "affiliation", "designation", "coverage", "contact")


def pointers(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Returns the place of every value inside a body, the body itself included."""
    yield at
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from pointers(inner, (*at, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from pointers(inner, (*at, number))


def replaced(value: Any, at: tuple[Any, ...], new: Any) -> Any:
    """Returns a body with another value at one place."""
    if not at:
        return new
    if isinstance(value, dict):
        return {**value, at[0]: replaced(value[at[0]], at[1:], new)}
    return [replaced(inner, at[1:], new) if number == at[0] else inner for number, inner in enumerate(value)]


def fresh(value: Any, number: int) -> Any:
    """Returns a body whose slugs, outside identifiers and tenure nobody has."""
    if isinstance(value, list):
        return [fresh(inner, number) for inner in value]
    if not isinstance(value, dict):
        return value
    made = {name: fresh(inner, number) for name, inner in value.items()}
    if isinstance(made.get("slug"), str):
        made["slug"] = f"{made['slug']}-{number}"
    if set(made) == {"scheme", "value"}:
        made["value"] = f"{number}"
    if "pair" in made:
        first = number % len(STATES)
        made["pair"] = [STATES[first], STATES[(first + 1 + number // len(STATES)) % len(STATES)]]
    if "relation" in made and "target" in made:
        made["since"] = date.fromordinal(FIRST_DAY + number).isoformat()
    return made


def slots(schema: dict[str, Any], schemas: dict[str, Any]) -> set[str]:
    """Returns the names of every property on any level of a schema."""
    found: set[str] = set()
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    for name, inner in schema.get("properties", {}).items():
        found |= {name} | slots(inner, schemas)
    for inner in [*schema.get("anyOf", ()), schema.get("items"), schema.get("additionalProperties")]:
        found |= slots(inner, schemas) if isinstance(inner, dict) else set()
    return found
