"""The counts for Prometheus."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from db.engine import Database
from models.settings import Settings

pytestmark = pytest.mark.door


@pytest.fixture
def client(clone: Database) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(public_read=True), clone)) as client:
        yield client


def samples(client: TestClient) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_requests_are_counted_by_route_and_never_by_address(client: TestClient) -> None:
    client.get("/v1/contacts?limit=1")
    client.get("/v1/actors/iso3:XXX")
    client.get("/v1/actors/iso3:YYY")
    client.get("/no/such/page-1")
    client.get("/no/such/page-2")
    found = samples(client)
    assert found['readout_requests_total{method="GET",route="/v1/contacts",status="200"}'] == 1
    assert found['readout_requests_total{method="GET",route="/v1/actors/{actor}",status="404"}'] == 2
    assert found['readout_requests_total{method="none",route="none",status="404"}'] == 2
    assert not [name for name in found if "XXX" in name or "page-1" in name]


def test_a_private_record_keeps_its_counts_to_readers(clone: Database) -> None:
    with TestClient(create_app(Settings(public_read=False), clone)) as client:
        assert client.get("/metrics").status_code == 401
