"""Every failure is one shape, says what to do, and repeats nothing that was sent."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import pytest
from fastapi import FastAPI, Query
from starlette.testclient import TestClient

from api.error_kinds import BY_ERROR, KINDS
from api.errors import BY_HTTP_STATUS, PROBLEMS, Problem, install
from api.errors_page import errors_markdown
from api.validation import refuse_unknown_parameters
from models import errors as domain
from models.base import Name, Shape
from models.errors import Conflict, Detail, InvalidQuery, NotAuthenticated, ReadoutError, Unavailable

pytestmark = pytest.mark.door

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "<script>alert(1)</script>'; DROP TABLE actor;--"


class Party(Shape):
    name: Name
    role: Literal["host", "visitor"] = "host"


class Meeting(Shape):
    minutes: int
    parties: list[Party]


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI(responses=PROBLEMS)
    install(app)

    @app.post("/meetings")
    def create_meeting(meeting: Meeting) -> dict[str, int]:
        return {"minutes": meeting.minutes}

    @app.get("/meetings")
    def list_meetings(limit: Annotated[int, Query(ge=1, le=1000)] = 50) -> dict[str, int]:
        return {"limit": limit}

    @app.get("/raise/{name}")
    def fail(name: str) -> None:
        raise getattr(domain, name)

    @app.get("/conflict")
    def conflict() -> None:
        raise Conflict("It exists.", errors=[Detail("taken", "Taken.", pointer="/slug")], extra={"existing": "/v1/x"})

    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def domain_errors() -> list[type[ReadoutError]]:
    found = [kind for kind in vars(domain).values() if isinstance(kind, type)]
    return [kind for kind in found if issubclass(kind, ReadoutError) and kind is not ReadoutError]


def test_every_error_of_the_domain_is_in_the_table() -> None:
    assert set(domain_errors()) <= set(BY_ERROR)
    assert len({kind.slug for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("error", domain_errors(), ids=lambda error: error.__name__)
def test_each_error_is_a_problem_with_its_sentence(client: TestClient, error: type[ReadoutError]) -> None:
    kind = BY_ERROR[error]
    answer = client.get(f"/raise/{error.__name__}", headers={"Accept": "text/html"})
    assert answer.status_code == kind.status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem = Problem.model_validate_json(answer.content)
    assert (problem.title, problem.status, problem.detail) == (kind.title, kind.status, error.__doc__)
    assert re.fullmatch(r"urn:request:[0-9a-f]{16}", problem.instance)
    assert (answer.headers.get("retry-after") is not None) == (kind.retry_after_seconds is not None)


def test_the_type_of_every_problem_leads_to_its_section(client: TestClient) -> None:
    for kind in KINDS:
        page = client.get(kind.type)
        assert page.status_code == 200
        assert f'id="{kind.type.partition("#")[2]}"' in page.text
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_document_is_what_the_table_says() -> None:
    written = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert written == errors_markdown(KINDS), "python -m api.errors_page > docs/errors.md"


def test_extra_members_stand_beside_the_standard_ones(client: TestClient) -> None:
    problem = client.get("/conflict").json()
    assert problem["existing"] == "/v1/x"
    assert problem["errors"] == [{"code": "taken", "message": "Taken.", "pointer": "/slug"}]


def test_no_key_is_told_how_to_send_one(client: TestClient) -> None:
    answer = client.get(f"/raise/{NotAuthenticated.__name__}")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_unavailable_says_when_to_come_back(client: TestClient) -> None:
    assert client.get(f"/raise/{Unavailable.__name__}").headers["retry-after"] == "1"


BODIES = [
    ({"parties": []}, [("missing", "/minutes")]),
    ({"minutes": "ten", "parties": []}, [("int_parsing", "/minutes")]),
    ({"minutes": 1, "parties": [{"name": "A", "role": HOSTILE}]}, [("literal_error", "/parties/0/role")]),
    ({"minutes": 1, "parties": [{"name": "A"}, {"name": "a\x00b"}]}, [("invalid", "/parties/1/name")]),
    ({"minutes": 1, "parties": [], "a/b~c": 1}, [("unknown_field", "/a~1b~0c")]),
    ({"minutes": 2.5, "parties": "x"}, [("int_from_float", "/minutes"), ("list_type", "/parties")]),
    ([], [("not_an_object", "")]),
    (None, [("missing", "")]),
]


@pytest.mark.parametrize(("body", "faults"), BODIES)
def test_a_bad_body_is_422_with_pointers(client: TestClient, body: object, faults: list[tuple[str, str]]) -> None:
    answer = client.post("/meetings", json=body)
    assert answer.status_code == 422
    problem = answer.json()
    assert [(fault["code"], fault["pointer"]) for fault in problem["errors"]] == faults
    assert HOSTILE not in answer.text


BROKEN_TEXTS = [
    pytest.param(b"{", id="cut"),
    pytest.param(b'{"minutes": 1, "parties": []} ' + HOSTILE.encode(), id="tail"),
    pytest.param(b"[" * 100_000 + b"]" * 100_000, id="deep"),
    pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="deep objects"),
    pytest.param(b'{"minutes": 1, "parties": [{"name": "\xff\xfe"}]}', id="not UTF-8"),
    pytest.param(b'{"minutes": NaN, "parties": []}', id="NaN"),
    pytest.param(b'{"minutes": 1e999, "parties": []}', id="infinity"),
    pytest.param(b'{"minutes": ' + b"9" * 5_000 + b', "parties": []}', id="long number"),
    pytest.param(b'{"minutes": 1, "parties": [{"name": "\\ud800"}]}', id="lone surrogate"),
    pytest.param(b'{"minutes": 1, "parties": [], "\\ud800": 1}', id="lone surrogate as a name"),
    pytest.param(b'{"minutes": 1, "parties": [], "' + b"x" * 100_000 + b'": 1}', id="long name"),
]


@pytest.mark.parametrize("body", BROKEN_TEXTS)
def test_a_bent_body_is_422_and_short(client: TestClient, body: bytes) -> None:
    answer = client.post("/meetings", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 1_000
    assert "DROP TABLE" not in answer.text


def test_many_faults_are_not_all_listed(client: TestClient) -> None:
    answer = client.post("/meetings", json={"minutes": 1, "parties": [{}] * 1_000})
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 50


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "greater_than_equal"),
        ("limit=1001", "less_than_equal"),
        (f"limit={HOSTILE}", "int_parsing"),
    ],
)
def test_a_bad_parameter_is_400_and_named(client: TestClient, query: str, code: str) -> None:
    answer = client.get(f"/meetings?{query}")
    assert answer.status_code == 400
    assert [(fault["code"], fault["parameter"]) for fault in answer.json()["errors"]] == [(code, "limit")]
    assert HOSTILE not in answer.text
    if code == "less_than_equal":
        assert "1000" in answer.json()["detail"]


def test_an_unknown_parameter_names_the_nearest() -> None:
    with pytest.raises(InvalidQuery) as caught:
        refuse_unknown_parameters(["limit", "knd", HOSTILE * 10], {"limit", "kind", "from"})
    by_name = {at.parameter: at for at in caught.value.errors}
    assert by_name["knd"].message == "There is no such parameter here. Nearest: kind."
    assert all(len(name or "") <= 60 for name in by_name)


def test_an_unknown_address_and_method_are_problems(client: TestClient) -> None:
    assert client.get("/nowhere").json()["title"] == "Not found"
    answer = client.delete("/meetings")
    assert (answer.status_code, answer.json()["title"]) == (405, "Method not allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST"


def test_statuses_of_the_framework_keep_their_number() -> None:
    for status, error in BY_HTTP_STATUS.items():
        assert BY_ERROR[type(error)].status == (422 if status == 400 else status)


def test_the_contract_names_the_media_type_of_problems(app: FastAPI) -> None:
    contract = app.openapi()
    for operations in contract["paths"].values():
        for operation in operations.values():
            assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"]
            assert "422" not in operation["responses"]
    assert "HTTPValidationError" not in json.dumps(contract)
    assert "Problem" in contract["components"]["schemas"]
