"""All graph questions: routes, docs and common tests are made from this tuple."""

from typing import Final

from graph.acknowledgements import find_acknowledgements
from graph.asymmetries import find_asymmetries
from graph.brief import find_brief
from graph.centrality import find_centrality, find_communities
from graph.chronological_paths import find_chronological_paths
from graph.circle import find_circle
from graph.intermediaries import find_intermediaries
from graph.lapsed import find_lapsed
from graph.matrix import find_matrix
from graph.newest import in_time
from graph.paths import find_paths
from graph.questions import Question
from graph.reach import find_reach
from graph.shuttles import find_shuttles
from graph.timeline import find_timeline
from models.acknowledgements import AcknowledgementAnswer, AcknowledgementQuestion
from models.asymmetries import AsymmetryAnswer, AsymmetryQuestion
from models.brief import BriefAnswer, BriefQuestion
from models.centrality import CentralityAnswer, CentralityQuestion, CommunityAnswer, CommunityQuestion
from models.chronology import ChronologicalPathAnswer, ChronologicalPathQuestion, ReachAnswer, ReachQuestion
from models.circle import CircleAnswer, CircleQuestion
from models.intermediaries import IntermediaryAnswer, IntermediaryQuestion, ShuttleAnswer, ShuttleQuestion
from models.lapsed import LapsedAnswer, LapsedQuestion
from models.matrix import MatrixAnswer, MatrixQuestion
from models.paths import PathAnswer, PathQuestion
from models.timeline import TimelineAnswer, TimelineQuestion

QUESTIONS: Final[tuple[Question, ...]] = (
    Question(
        "list_acknowledgements",
        "/acknowledgements",
        "List which governments stand by their contacts",
        AcknowledgementQuestion,
        AcknowledgementAnswer,
        in_time(find_acknowledgements),
        "/v1/acknowledgements?actor=united-states,israel",
    ),
    Question(
        "get_circle",
        "/graph",
        "Get the graph around actors",
        CircleQuestion,
        CircleAnswer,
        in_time(find_circle),
        "/v1/graph?actor=joe-biden&hops=2&nodes=20",
    ),
    Question(
        "list_paths",
        "/paths",
        "List paths between two actors",
        PathQuestion,
        PathAnswer,
        find_paths,
        "/v1/paths?source=iso3:USA&target=hamas&level=state&k=3",
    ),
    Question(
        "list_chronological_paths",
        "/chronological-paths",
        "List paths in the order of time between two actors",
        ChronologicalPathQuestion,
        ChronologicalPathAnswer,
        in_time(find_chronological_paths),
        "/v1/chronological-paths?source=antony-blinken&target=joe-biden",
    ),
    Question(
        "list_reach",
        "/reach",
        "List whom an actor could reach, or who could reach him",
        ReachQuestion,
        ReachAnswer,
        in_time(find_reach),
        "/v1/reach?actor=antony-blinken&from=2021-05&to=2021-05",
    ),
    Question(
        "list_intermediaries",
        "/intermediaries",
        "List who stands between two actors",
        IntermediaryQuestion,
        IntermediaryAnswer,
        in_time(find_intermediaries),
        "/v1/intermediaries?between=iso3:ISR,hamas&level=state",
    ),
    Question(
        "list_shuttles",
        "/shuttles",
        "List shuttles between two actors",
        ShuttleQuestion,
        ShuttleAnswer,
        in_time(find_shuttles),
        "/v1/shuttles?actor=iso3:ISR&level=state",
    ),
    Question(
        "list_lapsed_ties",
        "/lapsed-ties",
        "List ties that have lapsed",
        LapsedQuestion,
        LapsedAnswer,
        in_time(find_lapsed),
        "/v1/lapsed-ties?days=10&level=state&to=2021-05-31",
    ),
    Question(
        "list_central_actors",
        "/centrality",
        "List the most central actors",
        CentralityQuestion,
        CentralityAnswer,
        in_time(find_centrality),
        "/v1/centrality?measure=betweenness&level=state",
    ),
    Question(
        "list_communities",
        "/communities",
        "List communities of actors",
        CommunityQuestion,
        CommunityAnswer,
        in_time(find_communities),
        "/v1/communities?level=state",
    ),
    Question(
        "get_timeline",
        "/timeline",
        "Get contacts over time",
        TimelineQuestion,
        TimelineAnswer,
        in_time(find_timeline),
        "/v1/timeline?by=week&group=kind&uncertain=first",
    ),
    Question(
        "get_tie_brief",
        "/ties/{ego}/{alter}/brief",
        "Get the brief on a pair",
        BriefQuestion,
        BriefAnswer,
        find_brief,
        "/v1/ties/joe-biden/benjamin-netanyahu/brief?to=2021-05-31&open=include",
    ),
    Question(
        "get_matrix",
        "/matrix",
        "Get who dealt with whom as a matrix",
        MatrixQuestion,
        MatrixAnswer,
        in_time(find_matrix),
        "/v1/matrix?level=state&rows=iso3:USA,iso3:ISR&from=2021-05&to=2021-05",
    ),
    Question(
        "list_asymmetries",
        "/asymmetries",
        "List what is uneven between counterparts",
        AsymmetryQuestion,
        AsymmetryAnswer,
        in_time(find_asymmetries),
        "/v1/asymmetries?actor=iso3:USA&level=state&limit=1",
    ),
)
