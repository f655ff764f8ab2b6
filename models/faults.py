"""What pydantic finds wrong with a document, as places and sentences that repeat no input."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from models.base import UNFIT_FOR_URL
from models.errors import Detail

FAULTS_MAX: Final = 50
"""More faults than this are one fault: the wrong document."""
LOOKED_AT_MAX: Final = 4 * FAULTS_MAX
OTHER_FORMS: Final = frozenset({"string_type", "not_an_object"})
"""What is said when a text is looked for and a record was sent, or the other way round."""
NAME_LENGTH_MAX: Final = 60
CODES: Final[Mapping[str, str]] = {
    "extra_forbidden": "unknown_field",
    "json_invalid": "not_json",
    "model_attributes_type": "not_an_object",
    "model_type": "not_an_object",
    "dict_type": "not_an_object",
    "value_error": "invalid",
    "assertion_error": "invalid",
}
"""Stable words where pydantic's own would puzzle; every other type is its own code."""
SENTENCES: Final[Mapping[str, str]] = {
    "missing": "This is needed and missing.",
    "extra_forbidden": "There is no such field here.",
    "json_invalid": "The body is not JSON (RFC 8259).",
    "model_attributes_type": "This must be a JSON object.",
    "model_type": "This must be a JSON object.",
    "dict_type": "This must be a JSON object.",
    "list_type": "This must be a list.",
    "string_type": "This must be a string.",
    "string_unicode": "This is not text: it holds half of a surrogate pair or is not encoded in UTF-8.",
    "int_type": "This must be a whole number.",
    "int_parsing": "This must be a whole number.",
    "int_parsing_size": "This number is too large.",
    "int_from_float": "This must be a whole number.",
    "float_type": "This must be a number.",
    "float_parsing": "This must be a number.",
    "finite_number": "This must be a finite number.",
    "bool_type": "This must be true or false.",
    "bool_parsing": "This must be true or false.",
    "date_type": "This must be a date such as 2021-05-12.",
    "datetime_type": "This must be an instant such as 2021-05-12T18:00:00Z.",
    "datetime_parsing": "This must be an instant such as 2021-05-12T18:00:00Z.",
    "datetime_from_date_parsing": "This must be an instant such as 2021-05-12T18:00:00Z.",
    "timezone_aware": "This instant needs its offset, such as Z or +02:00.",
    "literal_error": "This must be one of: {expected}.",
    "enum": "This must be one of: {expected}.",
    "union_tag_invalid": "This must be one of: {expected_tags}.",
    "string_too_short": "This must have at least {min_length} character(s).",
    "string_too_long": "This must have at most {max_length} characters.",
    "too_short": "The list {list} needs at least {min_length} member(s).",
    "too_long": "The list {list} takes at most {max_length} members.",
    "string_pattern_mismatch": "This must match {pattern}.",
    "greater_than": "This must be greater than {gt}.",
    "greater_than_equal": "This must be at least {ge}.",
    "less_than": "This must be less than {lt}.",
    "less_than_equal": "This must be at most {le}.",
}
"""Filled with the limits of our own shapes, never with what was sent."""
PATTERNS: Final[Mapping[str, str]] = {
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "This must be lower-case letters and digits, joined by hyphens, as in joe-biden.",
    r"^[a-z][a-z0-9_-]*$": "This must be lower-case letters a–z, digits, - and _, a letter first, such as wikidata.",
    rf"^https?://[^{UNFIT_FOR_URL}]+$": "This must be an http or https address without blanks.",
    r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$": "This must be a language tag such as en, ar or zh-Hant.",
    r"^[A-Z][a-z]{3}$": "This must be the ISO 15924 code of a script, such as Latn or Cyrl.",
    r"^[0-9a-f]{64}$": "This must be a SHA-256 in 64 lower-case hexadecimal digits.",
}
"""What our patterns ask for, in words."""


def faults_in(errors: Iterable[Mapping[str, Any]], document: Any) -> list[Detail]:
    """Returns each fault with its JSON pointer into the document; faults beyond ``FAULTS_MAX`` are left out."""
    # The faults of one value follow one another: those looked at beyond the limit are the rest of its last one.
    looked_at = list(errors)[:LOOKED_AT_MAX]
    details = [detail_at(fault, tuple(fault["loc"]), document) for fault in looked_at]
    return [one for one in details if not _is_of_the_other_form(one, details)][:FAULTS_MAX]


def detail_at(fault: Mapping[str, Any], loc: Sequence[str | int], document: Any) -> Detail:
    """Returns one fault with its pointer, which ``loc`` leads to."""
    kind = str(fault["type"])
    code, message = CODES.get(kind, kind), sentence_of(fault)
    field = getattr((fault.get("ctx") or {}).get("error"), "field", None)
    pointer = _pointer(loc, document, kind) + (f"/{field}" if field else "")
    return Detail(code, message if pointer else _of_the_whole(message), pointer=pointer)


def _is_of_the_other_form(detail: Detail, details: Iterable[Detail]) -> bool:
    # Where a reference or a whole record will do, who sent one is told of its faults, not that it is not the other.
    if detail.code == "string_type":
        inside = f"{detail.pointer}/"
        return any((one.pointer or "").startswith(inside) for one in details)
    if detail.code == "not_an_object":
        return any(one.pointer == detail.pointer and one.code not in OTHER_FORMS for one in details)
    return False


def sentence_of(fault: Mapping[str, Any]) -> str:
    """Returns one fault that pydantic found as a sentence, without what was sent."""
    kind, context = str(fault["type"]), fault.get("ctx") or {}
    if kind in ("value_error", "assertion_error"):
        said = str(context.get("error", "")) or "This is not valid."
        return said[0].upper() + said[1:].rstrip(".") + "."
    # A text that is checked after it was trimmed is said to be too short as a list is.
    if kind in ("too_short", "too_long") and isinstance(fault.get("input"), str):
        kind = f"string_{kind}"
    context = {**context, "list": next((part for part in reversed(fault["loc"]) if isinstance(part, str)), "")}
    template = PATTERNS.get(str(context.get("pattern")), SENTENCES.get(kind, "This is not valid here."))
    try:
        return template.format_map(context)
    except KeyError:
        return "This is not valid here."


def _of_the_whole(sentence: str) -> str:
    # An empty pointer is the whole document (RFC 6901), which few people know: the sentence has to say it.
    if sentence.startswith("This "):
        return f"The body {sentence.removeprefix('This ')}"
    return sentence if "body" in sentence else f"The body as a whole: {sentence[0].lower()}{sentence[1:]}"


def _pointer(loc: Sequence[str | int], body: Any, kind: str) -> str:
    # Between the places in the body stand names of union members, which no reader can find there.
    parts: list[str] = []
    here = body
    for index, part in enumerate(loc):
        if kind == "json_invalid":
            break
        inside = isinstance(here, dict) and part in here
        inside = inside or (isinstance(here, list) and isinstance(part, int) and part < len(here))
        if inside:
            here = here[part]
        elif not (kind == "missing" and index == len(loc) - 1):
            continue
        parts.append(short(str(part)).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{part}" for part in parts)


def short(name: str) -> str:
    """Returns a sent name as it can be shown: neither whole books nor what no terminal shows."""
    shown = "".join(character if character.isprintable() else "\ufffd" for character in name)
    return shown if len(shown) <= NAME_LENGTH_MAX else shown[: NAME_LENGTH_MAX - 1] + "…"
