"""The page at /app in a real browser, where Playwright and a Chromium are installed."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from api.app import create_app
from db.engine import Database
from models.settings import Settings
from tests.api.conftest import World

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
CHROMIUM = os.environ.get("READOUT_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.door,
    pytest.mark.long,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"),
]
PAIR = "/app?ego=joe-biden&alter=benjamin-netanyahu"
PAYLOADS = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "<svg onload=alert(1)>",
    "javascript:alert(1)",
    '"><b onmouseover=alert(1)>x',
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        made = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@contextmanager
def opened(browser: Any, address: str, **options: Any) -> Iterator[Any]:
    """A page of which nothing went wrong unseen: no script failed or was kept back, nothing else was asked."""
    context = browser.new_context(**options)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(f"dialog {dialog.message}"))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    page.on("request", lambda sent: None if sent.url.startswith(address) else faults.append(sent.url))
    yield page
    # A request still under way would open a connection anew while its database goes.
    page.wait_for_load_state("networkidle")
    assert faults == []
    context.close()


@contextmanager
def served(world: World, serve: Callable[[Any], str], settings: Settings) -> Iterator[str]:
    """The service over the database of a world, over real HTTP; its connections end before the database does."""
    database = Database(world.database.url)
    yield serve(create_app(settings, database))
    database.close()


@pytest.fixture
def shown(world: World, serve: Callable[[Any], str], browser: Any) -> Iterator[Any]:
    """The page over the first world, served over real HTTP."""
    with served(world, serve, Settings()) as address, opened(browser, address, base_url=address) as page:
        yield page


def settled(page: Any, path: str) -> Any:
    page.goto(path)
    # The policy keeps Playwright's own scripts from making code of text, so it waits for elements.
    page.locator("#said", has_text=re.compile("^Shown")).wait_for(state="attached")
    return page


def test_the_brief_says_when_how_it_is_known_and_what_is_open(shown: Any) -> None:
    page = settled(shown, PAIR)
    last = page.get_by_role("region", name="Last contact")
    assert re.search(r"\d days of silence on \d{4}", last.inner_text())
    assert "Call, 2021-05-12" in last.inner_text()
    assert "acknowledged" in last.inner_text()
    last.get_by_text("How it is known: 3 sources").click()
    assert last.get_by_role("listitem").filter(has_text="Remarks of the President").last.is_visible()
    assert "stay in touch personally" in page.get_by_role("region", name="Open commitments").inner_text()
    assert page.get_by_role("region", name="Disputed or denied").inner_text().endswith("Nothing is disputed.")


def test_the_keyboard_alone_finds_a_pair_and_the_address_holds_it(shown: Any) -> None:
    page = settled(shown, "/app")
    page.get_by_label("Who", exact=True).focus()
    for typed in ("bid", "netan"):
        page.keyboard.type(typed)
        page.get_by_role("option").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    page.get_by_label("With whom").press("Enter")
    page.get_by_role("heading", level=1, name="Joe Biden and Benjamin Netanyahu").wait_for()
    assert "ego=joe-biden&alter=benjamin-netanyahu" in page.url
    page.go_back()
    page.get_by_role("heading", level=1, name="What is on record").wait_for()


def test_every_number_leads_to_as_many_contacts(shown: Any) -> None:
    page = settled(shown, "/app?ego=united-states")
    table = page.get_by_role("region", name="With whom, how often")
    number = table.get_by_role("link", name=re.compile("contacts? with Israel"))
    count = int(number.inner_text())
    number.click()
    page.get_by_role("heading", level=1, name="Contacts").wait_for()
    page.locator("li.entry").first.wait_for()
    assert page.locator("li.entry").count() == count
    drawn = settled(page, "/app?ego=united-states").get_by_role("group", name="Counterparts of United States")
    assert drawn.get_by_role("link", name=re.compile("^Israel: 7")).get_attribute("href").endswith("alter=israel")


def test_names_that_mean_nobody_are_asked_back(shown: Any) -> None:
    page = settled(shown, "/app?ego=Bidn&alter=benjamin-netanyahu")
    page.get_by_role("link", name="Joe Biden").click()
    page.get_by_role("heading", level=1, name="Joe Biden and Benjamin Netanyahu").wait_for()
    assert "Nobody on record" in settled(page, "/app?ego=qqqqqqqq").locator("main").inner_text()


def test_what_fails_says_so_and_can_be_tried_again(shown: Any) -> None:
    page = shown
    page.route("**/v1/timeline*", lambda route: route.abort())
    settled(page, PAIR)
    card = page.get_by_role("region", name="Over time")
    assert "cannot be reached" in card.get_by_role("alert").inner_text()
    page.unroute("**/v1/timeline*")
    card.get_by_role("button", name="Try again").click()
    card.get_by_role("group").first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(shown: Any, width: int, scheme: str) -> None:
    shown.emulate_media(color_scheme=scheme)
    shown.set_viewport_size({"width": width, "height": 800})
    for path in ("/app", PAIR, "/app?ego=united-states", "/app?contacts=status%3Dany"):
        settled(shown, path)
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_closed_record_asks_for_a_key_and_keeps_it_nowhere(
    world: World, serve: Callable[[Any], str], browser: Any
) -> None:
    key = world.keys["read"]["Authorization"].removeprefix("Bearer ")
    settings = Settings(public_read=False)
    with served(world, serve, settings) as address, opened(browser, address, base_url=address) as page:
        page.goto(PAIR)
        for text in ("nonsense", "ключ", key):
            page.get_by_label("Your key").fill(text)
            page.get_by_role("button", name="Go on").click()
            page.wait_for_load_state("networkidle")
        page.get_by_role("heading", level=1, name="Joe Biden and Benjamin Netanyahu").wait_for()
        page.locator("#said", has_text=re.compile("^Shown")).wait_for(state="attached")
        kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])")
        assert key not in kept + page.content()
        page.reload()
        page.get_by_label("Your key").wait_for()


def test_texts_of_the_record_never_run(world: World, shown: Any) -> None:
    for payload in PAYLOADS:
        actor = world.client.post("/v1/actors", headers=world.writer, json={"kind": "person", "name": payload}).json()
        source = {"kind": "press_report", "title": payload, "url": "https://example.org/?" + "%3Cscript%3E"}
        made = world.client.post("/v1/sources", headers=world.writer, json=source).json()
        body = {"kind": "call", "when": "2021-05-13", "summary": payload, "place": payload}
        body |= {"participants": [{"actor": actor["id"]}, {"actor": "joe-biden"}]}
        body |= {"accounts": [{"source": made["id"], "paraphrase": payload}]}
        contact = world.client.post("/v1/contacts", headers=world.writer, json=body)
        assert contact.status_code == 201, contact.text
        for path in (f"ego={actor['id']}&alter=joe-biden", f"contact={contact.json()['id']}", f"ego={actor['id']}"):
            assert payload in settled(shown, f"/app?{path}").locator("main").inner_text()


def test_the_docs_show_lists_first_and_locks_where_a_key_is_needed(
    world: World, serve: Callable[[Any], str], browser: Any
) -> None:
    with served(world, serve, Settings()) as address, opened(browser, address, base_url=address) as page:
        page.goto("/docs")
        page.locator("#operations-contacts-list_contacts").wait_for()
        shown = page.locator("[id^=operations-contacts-]").evaluate_all("those => those.map((one) => one.id)")
        assert [name.rpartition("-")[2] for name in shown[:2]] == ["list_contacts", "create_contact"]
        assert shown[-1].endswith("withdraw_account")
        locks = {name: page.locator(f"#{name} .authorization__btn").count() for name in shown}
        unlocked = {name.rpartition("-")[2] for name, count in locks.items() if not count}
        assert {"list_contacts", "search_contacts", "get_contact"} <= unlocked
        assert not unlocked & {"create_contact", "patch_contact", "merge_contact"}
