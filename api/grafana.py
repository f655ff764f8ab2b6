"""Flat rows for Grafana: one route for each entry of ``ROWS``, answered as graph questions are.

The rows come in one answer under ``items`` (the root selector of Infinity queries), without pages; ``meta`` says what
was cut. A panel needs no columns configured, since every row has every key.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from api.grafana_rows import (
    find_annotations,
    find_contacts,
    find_edges,
    find_last_contacts,
    find_matrix_rows,
    find_nodes,
    find_silences,
    find_timeseries,
    find_variables,
)
from api.questions import Graph, answered, handler_of
from api.writes import RetryingRoute
from graph.questions import Question
from models.grafana import (
    AnnotationQuestion,
    ContactRowsQuestion,
    EdgeQuestion,
    LastContactQuestion,
    MatrixRowsQuestion,
    NodeQuestion,
    SilenceQuestion,
    TimeseriesQuestion,
    VariableName,
    VariableQuestion,
)
from models.grafana_rows import (
    GrafanaAnnotations,
    GrafanaContacts,
    GrafanaEdges,
    GrafanaLastContacts,
    GrafanaMatrix,
    GrafanaNodes,
    GrafanaSilences,
    GrafanaTimeseries,
    GrafanaVariables,
)

ROWS: Final[tuple[Question, ...]] = (
    Question(
        "list_grafana_nodes",
        "/grafana/nodes",
        "List the nodes of a node graph panel",
        NodeQuestion,
        GrafanaNodes,
        find_nodes,
        "/v1/grafana/nodes?actor=iso3:ISR&level=state",
    ),
    Question(
        "list_grafana_edges",
        "/grafana/edges",
        "List the edges of a node graph panel",
        EdgeQuestion,
        GrafanaEdges,
        find_edges,
        "/v1/grafana/edges?actor=iso3:ISR&level=state&to=2021-05-31",
    ),
    Question(
        "list_grafana_timeseries",
        "/grafana/timeseries",
        "List contacts over time as series",
        TimeseriesQuestion,
        GrafanaTimeseries,
        find_timeseries,
        "/v1/grafana/timeseries?by=day&group=kind&from=1620691200000&to=1620950400000&shape=wide",
    ),
    Question(
        "list_grafana_annotations",
        "/grafana/annotations",
        "List contacts as annotations",
        AnnotationQuestion,
        GrafanaAnnotations,
        find_annotations,
        "/v1/grafana/annotations?actor=iso3:ISR&level=state&kind=call,conversation",
    ),
    Question(
        "list_grafana_contacts",
        "/grafana/contacts",
        "List contacts as rows of a table",
        ContactRowsQuestion,
        GrafanaContacts,
        find_contacts,
        "/v1/grafana/contacts?actor=iso3:USA&level=state&status=planned",
    ),
    Question(
        "list_grafana_last_contacts",
        "/grafana/last-contact",
        "List the last contact of each pair",
        LastContactQuestion,
        GrafanaLastContacts,
        find_last_contacts,
        "/v1/grafana/last-contact?actor=iso3:USA&level=state&to=2021-05-31&open=include&limit=3",
    ),
    Question(
        "list_grafana_silences",
        "/grafana/silences",
        "List pairs that have fallen silent",
        SilenceQuestion,
        GrafanaSilences,
        find_silences,
        "/v1/grafana/silences?actor=iso3:USA&level=state&days=10&to=2021-05-31",
    ),
    Question(
        "list_grafana_matrix",
        "/grafana/matrix",
        "List the rows or cells of a matrix",
        MatrixRowsQuestion,
        GrafanaMatrix,
        find_matrix_rows,
        "/v1/grafana/matrix?level=state&shape=wide&limit=4",
    ),
)
"""All rows but those of variables, whose address names the list."""
OF_VARIABLES: Final = Question(
    "list_grafana_variable",
    "/grafana/variables",
    "List the values of a dashboard variable",
    VariableQuestion,
    GrafanaVariables,
    find_variables,
    "/v1/grafana/variables/actors?level=state&limit=3",
)
router: Final = APIRouter(prefix="/v1", tags=["grafana"], route_class=RetryingRoute)
_NAME: Final = "Which list; `counterparts` needs `actor`."


def variables(
    request: Request,
    reader: Graph,
    variable: Annotated[VariableName, Path(description=_NAME, examples=["actors"])],
    asked: Annotated[VariableQuestion, Query()],
) -> Response:
    """Returns the values of the list that the address names."""
    reader.address = {"variable": variable}
    return answered(request, OF_VARIABLES, reader, asked)


def _add(question: Question, path: str, answer: Any) -> None:
    router.add_api_route(
        path,
        answer,
        methods=["GET"],
        response_model=question.answer,
        operation_id=question.name,
        summary=question.summary,
        description=question.description,
        openapi_extra={"x-empty-is-absent": True},
    )


for _rows in ROWS:
    _add(_rows, _rows.path, handler_of(_rows))
_add(OF_VARIABLES, f"{OF_VARIABLES.path}/{{variable}}", variables)
