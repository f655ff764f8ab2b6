"""docs/graph.md: each graph question has its section, and each request it shows is answered as it says."""

import re
from pathlib import Path

from graph.registry import QUESTIONS
from models.graph import GraphQuestion
from models.settings import Settings
from tests.house.test_api_doc import BLOCK, exchange
from tests.places import folder
from tests.serving import serving

PAGE = Path(__file__).resolve().parents[2] / "docs" / "graph.md"
SECTION = re.compile(r"^## [^\n]*`(/v1/[^`\n]+)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def text() -> str:
    """Returns the page."""
    return PAGE.read_text(encoding="utf-8")


def test_every_question_has_its_section_with_its_parameters_and_a_request() -> None:
    sections = dict(SECTION.findall(text()))
    assert set(sections) == {f"/v1{question.path}" for question in QUESTIONS}
    for question in QUESTIONS:
        section = sections[f"/v1{question.path}"]
        shape = re.sub(r"\\{\w+\\}", "[^/?]+", re.escape(f"GET /v1{question.path}?"))
        assert re.search(shape, section), question.name
        own = {field.alias or name for name, field in question.asked.model_fields.items()}
        shared = {field.alias or name for name, field in GraphQuestion.model_fields.items()}
        missing = [name for name in own - shared if not re.search(f"`{name}[=`]", section)]
        assert not missing, f"{question.name} does not speak of {missing}"


def test_what_all_questions_share_is_told() -> None:
    head = SECTION.split(text())[0]
    for name, field in GraphQuestion.model_fields.items():
        assert f"`{field.alias or name}`" in head, name
    for name in Settings.model_fields:
        if name.startswith("graph_"):
            assert f"`READOUT_{name.upper()}`" in head, name


def test_requests_of_the_page_are_answered_as_it_shows() -> None:
    blocks = BLOCK.findall(text())
    assert len(blocks) >= len(QUESTIONS)
    with folder() as place, serving(place / "data") as served:
        for block in blocks:
            exchange(served, block, "")
