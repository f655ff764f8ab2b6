"""All graph questions: routes, docs and common tests are made from this tuple."""

from typing import Final

from graph.circle import find_circle
from graph.intermediaries import find_intermediaries
from graph.paths import find_paths
from graph.questions import Question
from graph.shuttles import find_shuttles
from models.circle import CircleAnswer, CircleQuestion
from models.intermediaries import IntermediaryAnswer, IntermediaryQuestion, ShuttleAnswer, ShuttleQuestion
from models.paths import PathAnswer, PathQuestion

QUESTIONS: Final[tuple[Question, ...]] = (
    Question(
        "get_circle",
        "/graph",
        "Get the graph around actors",
        CircleQuestion,
        CircleAnswer,
        find_circle,
        "/v1/graph?actor=joe-biden&hops=2&nodes=20",
    ),
    Question(
        "list_paths",
        "/paths",
        "List paths between two actors",
        PathQuestion,
        PathAnswer,
        find_paths,
        "/v1/paths?source=antony-blinken&target=hamas&level=state&k=3",
    ),
    Question(
        "list_intermediaries",
        "/intermediaries",
        "List who stands between two actors",
        IntermediaryQuestion,
        IntermediaryAnswer,
        find_intermediaries,
        "/v1/intermediaries?between=iso3:ISR,hamas&level=state",
    ),
    Question(
        "list_shuttles",
        "/shuttles",
        "List shuttles between two actors",
        ShuttleQuestion,
        ShuttleAnswer,
        find_shuttles,
        "/v1/shuttles?actor=iso3:ISR&level=state",
    ),
)
