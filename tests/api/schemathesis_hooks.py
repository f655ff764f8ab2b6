"""What schemathesis cannot know from the contract alone; it loads this file itself."""

import json
import os
import uuid
from typing import Any
from urllib.parse import urlencode

import schemathesis

IDS: dict[str, str] = json.loads(os.environ.get("CONTRACT_IDS", "{}"))
"""Ids of the record that is asked, by the ids in the contract's examples, which are nobody's."""
NO_SCHEMA_SAYS = {
    *(
        "itself",
        "unknown_option",
        "unknown_actor",
        "unknown_source",
        "unknown_topic",
        "unknown_episode",
        "unknown_contact",
        "unknown_account",
    ),
    *("retracted_actor", "retracted_source", "retracted_topic", "retracted_episode", "retracted_contact"),
    *("bad_cursor", "foreign_cursor", "invalid", "taken", "bad_reason", "broken_rule", "wrong_kind", "circle"),
    *("reversed_dates", "after_publication", "part_of_later", "not_in_the_future", "too_short"),
    *("unmapped", "bad_mapping", "no_mapping", "not_event_data", "empty"),
    *("repeated", "in_the_future", "no_whole", "actor_twice", "same_actor", "on_behalf_of_himself", "no_archive"),
}
"""Reasons to refuse a body or a query that fits its schema: what stands in the record, what dates mean, what is
left of a text of blanks."""


LONGEST_QUERY = 24_000
"""With the longest path somewhat below the 32 KiB of an address that the service takes; beyond, it answers 414."""


@schemathesis.serializer("application/x-ndjson", "text/csv", "text/tab-separated-values", "application/zip")
def as_it_stands(context: Any, value: Any) -> Any:
    """A file is sent as it is."""
    return value


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Leaves out addresses that are too long, though the schema of each of their parameters takes it."""
    return len(urlencode(case.query or {}, doseq=True)) < LONGEST_QUERY


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Uses a key of its own for each request and the current version, as a client does, instead of the examples."""
    headers = case.headers
    if headers and headers.get("Idempotency-Key", "").startswith("8e03978e"):
        headers["Idempotency-Key"] = str(uuid.uuid4())
    if headers and headers.get("If-Match", "").startswith('"3-'):
        headers["If-Match"] = "*"
    for name, value in (case.path_parameters or {}).items():
        case.path_parameters[name] = IDS.get(value, value)


@schemathesis.check
def refused_for_what_no_schema_says(ctx: Any, response: Any, case: Any) -> None:
    """What fits the schema is refused with 400 or 422 only for a reason that no schema can express."""
    generation = case.meta.generation.mode.value if case.meta else "negative"
    if generation != "positive" or response.status_code not in (400, 422):
        return
    problem = response.json()
    if problem["title"] == "Idempotency mismatch":
        return
    codes = {one["code"] for one in problem["errors"]}
    strange = [one for one in problem["errors"] if one["code"] not in NO_SCHEMA_SAYS]
    if strange or not codes:
        raise AssertionError(f"Refused what fits the schema: {strange or problem['detail']}")
