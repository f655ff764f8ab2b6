"""All graph questions: routes, docs and common tests are made from this tuple."""

from typing import Final

from graph.questions import Question

QUESTIONS: Final[tuple[Question, ...]] = ()
