"""The reference tables: whole, consistent, and covering what the real data names."""

import csv
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from models import reference
from models.names import fold
from models.reference import (
    ReferenceDataError,
    historyatstate_slugs,
    organisations,
    states,
    topics,
)

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
BESIDE = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
SHARED = Path(os.environ.get("READOUT_SHARED_DATA", BESIDE))
needs_shared_data = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no shared data at {SHARED}")

AMBIGUOUS_ADJECTIVES = {"Congolese", "Dominican", "Korean"}


def test_slugs_are_slugs() -> None:
    slugs = [record.slug for record in (*states(), *organisations(), *topics())]
    assert [slug for slug in slugs if not SLUG.fullmatch(slug)] == []


def test_kosovo_taiwan_and_palestine_are_states_and_gaza_a_territory() -> None:
    by_slug = {state.slug: state for state in states()}
    assert by_slug["kosovo"].code("iso3") == "XKX"
    assert {by_slug[slug].kind for slug in ("kosovo", "taiwan", "palestine", "holy-see")} == {"state"}
    assert (by_slug["gaza-strip"].kind, by_slug["gaza-strip"].part_of) == ("territory", "palestine")
    assert by_slug["puerto-rico"].part_of == "united-states"
    assert by_slug["soviet-union"].until == "1991-12-25"


def test_present_states_are_as_many_as_the_world_has() -> None:
    present = [state for state in states() if state.kind == "state" and state.until is None]
    others = {"holy-see", "palestine", "taiwan", "kosovo", "cook-islands", "niue", "korean-empire"}
    open_ended = {state.slug for state in present}
    assert len(open_ended - others) == 193


def test_codes_have_the_shape_of_their_scheme() -> None:
    shapes = {
        "iso2": r"[A-Z]{2}",
        "iso3": r"[A-Z]{3}",
        "m49": r"\d{3}",
        "cow": r"[1-9]\d{0,2}",
        "wikidata": r"Q\d+",
    }
    wrong = [
        (state.slug, scheme, value)
        for state in states()
        for scheme, value in state.identifiers
        if scheme in shapes and not re.fullmatch(shapes[scheme], value)
    ]
    assert wrong == []


def test_no_two_states_share_a_name() -> None:
    counted = Counter(name for s in states() for name in {fold(n) for n in (s.name, s.official or s.name, *s.aliases)})
    assert [name for name, count in counted.items() if count > 1] == []


def test_only_the_adjectives_known_to_be_ambiguous_are() -> None:
    counted = Counter(adjective for state in states() for adjective in state.adjectives)
    assert {adjective for adjective, count in counted.items() if count > 1} == AMBIGUOUS_ADJECTIVES


def test_every_present_state_with_a_parent_is_a_territory() -> None:
    assert [s.slug for s in states() if s.part_of is not None and s.kind == "state"] == []


def test_a_territory_hangs_from_a_state() -> None:
    kinds = {state.slug: state.kind for state in states()}
    assert [s.slug for s in states() if s.part_of is not None and kinds[s.part_of] != "state"] == []


@pytest.mark.parametrize(("organisation", "day", "members"), [
    ("european-union", "2016-06-23", 28),
    ("european-union", "2021-05-12", 27),
    ("nato", "2021-05-12", 30),
    ("nato", "2025-01-01", 32),
    ("gcc", "2021-05-12", 6),
    ("g7", "2021-05-12", 7),
])  # fmt: skip
def test_members_on_a_day(organisation: str, day: str, members: int) -> None:
    found = next(o for o in organisations() if o.slug == organisation)
    on_day = [m for m in found.members if m.since <= day and (m.until == ".." or day <= m.until)]
    assert len(on_day) == members


def test_a_broken_table_is_refused_with_the_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "topics.tsv").write_text("slug\tlabel\tbroader\tdescription\na\tA\tb\tx\n", encoding="utf-8")
    monkeypatch.setattr(reference, "FOLDERS", (tmp_path,))
    with pytest.raises(ReferenceDataError, match=r"topics\.tsv, a: its broader topic"):
        topics.__wrapped__()


def test_a_missing_cell_is_refused_with_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "topics.tsv").write_text("slug\tlabel\tbroader\tdescription\na\tA\n", encoding="utf-8")
    monkeypatch.setattr(reference, "FOLDERS", (tmp_path,))
    with pytest.raises(ReferenceDataError, match="line 2: 2 cells instead of 4"):
        topics.__wrapped__()


@needs_shared_data
def test_all_of_iso_3166_is_there_with_the_same_codes() -> None:
    with (SHARED / "reference" / "country-codes.csv").open(encoding="utf-8", newline="") as file:
        published = {
            (row["ISO3166-1-Alpha-3"], row["ISO3166-1-Alpha-2"], row["M49"].zfill(3)) for row in csv.DictReader(file)
        }
    ours = {(state.code("iso3"), state.code("iso2"), state.code("m49")) for state in states()}
    assert len(published) == 249
    assert published - ours == set()


@needs_shared_data
def test_every_country_id_of_the_visits_and_travels_resolves() -> None:
    named: set[str] = set()
    for path in (SHARED / "historyatstate").rglob("*.xml"):
        named.update(re.findall(r'<(?:from|country) id="([^"]+)"', path.read_text(encoding="utf-8")))
    assert len(named) > 200
    assert named - set(historyatstate_slugs()) == set()


@needs_shared_data
def test_a_country_id_that_is_one_of_our_slugs_means_that_state() -> None:
    slugs = {state.slug for state in states()}
    assert [(key, slug) for key, slug in historyatstate_slugs().items() if key in slugs and key != slug] == []
