"""From what the framework says about a faulty request to places and sentences that repeat no input."""

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from models.errors import Detail, InvalidQuery
from models.faults import CODES, FAULTS_MAX, LOOKED_AT_MAX, NAME_LENGTH_MAX, faults_in, sentence_of, short

UNKNOWN_PARAMETER: Final = "unknown_parameter"


def details_of(error: RequestValidationError) -> list[Detail]:
    """Returns each fault with its place: a parameter's name, or a JSON pointer into the body."""
    errors = error.errors()[:LOOKED_AT_MAX]
    inside = [{**fault, "loc": fault["loc"][1:]} for fault in errors if tuple(fault["loc"])[:1] == ("body",)]
    outside = [_parameter(fault) for fault in errors if tuple(fault["loc"])[:1] != ("body",)]
    return [*outside, *faults_in(inside, error.body)][:FAULTS_MAX]


def refuse_unknown_parameters(sent: Iterable[str], known: Collection[str]) -> None:
    """Lets a query pass when the operation knows all of its parameters.

    Raises:
        InvalidQuery: it does not; each unknown one is listed with the known ones nearest to it.
    """
    unknown = sorted(set(sent) - set(known))
    if not unknown:
        return
    details = [Detail(UNKNOWN_PARAMETER, _nearest(name, known), parameter=short(name)) for name in unknown[:FAULTS_MAX]]
    said = details[0].message if len(unknown) == 1 else f"{len(unknown)} parameters are unknown; see errors."
    raise InvalidQuery(said, errors=details)


def parameter_names(fields: Iterable[Any]) -> set[str]:
    """Returns the names under which query parameters are sent, those of a model one by one."""
    names: set[str] = set()
    for field in fields:
        annotation = field.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            names.update(info.alias or name for name, info in annotation.model_fields.items())
        else:
            names.add(field.alias)
    return names


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name[:NAME_LENGTH_MAX], sorted(known), n=3, cutoff=0.5)
    if near:
        return f"There is no such parameter here. Nearest: {', '.join(near)}."
    listed = ", ".join(sorted(known))
    return f"There is no such parameter here. Known: {listed}." if known else "This address takes no parameters."


def _parameter(fault: Mapping[str, Any]) -> Detail:
    loc = tuple(fault["loc"])
    code, message = CODES.get(str(fault["type"]), str(fault["type"])), sentence_of(fault)
    field = getattr((fault.get("ctx") or {}).get("error"), "field", None)
    if str(fault["type"]) == "extra_forbidden":
        code, message = UNKNOWN_PARAMETER, "There is no such parameter here."
    return Detail(code, message, parameter=field or short(str(loc[1] if len(loc) > 1 else loc[0])))
