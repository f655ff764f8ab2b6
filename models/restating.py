"""Questions on their way through the service: what they ask for beyond their defaults, and the same as another shape.

Both are done for every read, where making a shape with all its defaults costs as much as validating it did.
"""

from functools import cache
from typing import Any, TypeVar

from models.base import Shape

Question = TypeVar("Question", bound=Shape)


def given(asked: Shape) -> set[str]:
    """Returns the fields of a question that say something else than their defaults."""
    absent = _defaults(type(asked))
    return {name for name in asked.model_fields_set if getattr(asked, name) != absent[name]}


def restated(shape: type[Question], asked: Shape, **more: Any) -> Question:
    """Returns a question, valid already, as another shape takes it: with the fields of its own, and with more.

    It is not validated again: an identifier in an address may hold a comma, which would split it.
    """
    same = {name: getattr(asked, name) for name in asked.model_fields_set if name in shape.model_fields}
    blank: Any = _blank(shape)
    made: Question = blank.model_copy(update={**same, **more})
    return made


@cache
def _defaults(shape: type[Shape]) -> dict[str, Any]:
    return {name: info.get_default(call_default_factory=True) for name, info in shape.model_fields.items()}


@cache
def _blank(shape: type[Shape]) -> Shape:
    return shape.model_construct()
