"""`readout demo`: the four questions of the README, asked of the service itself, and the answers in words."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any, Final

import httpx
from rich.markup import escape

from api.app import create_app
from api.first_data import fill
from api.running import opened, read_settings
from api.terminal import console
from db.engine import Database
from db.upkeep import one_start_at_a_time
from models.settings import Settings

QUESTIONS: Final = (
    (
        "When did Biden last speak with Netanyahu, and how is it known?",
        "/v1/contacts?between=joe-biden,benjamin-netanyahu&kind=call,conversation,meeting&limit=1&include=accounts",
    ),
    (
        "Whom did the United States engage on 12 May 2021, by state?",
        "/v1/actors/iso3:USA/counterparts?level=state&from=2021-05-12&to=2021-05-12",
    ),
    ("Who mediated between Israel and Hamas?", "/v1/contacts?kind=mediation&participants=iso3:ISR,hamas"),
    ("Which contacts involve a designated organisation?", "/v1/contacts?designated=true"),
)
BETWEEN_OTHERS: Final = {"mediator", "envoy"}


def show() -> None:
    """Asks and prints, of a record that holds something."""
    settings = read_settings()
    with opened(settings) as database:
        with one_start_at_a_time(database.url):
            fill(database)
        asyncio.run(ask(settings.model_copy(update={"public_read": True}), database))


async def ask(settings: Settings, database: Database) -> None:
    """Asks the questions and prints each with its address and its answer."""
    transport = httpx.ASGITransport(app=create_app(settings, database))
    async with httpx.AsyncClient(transport=transport, base_url="http://readout") as client:
        for question, address in QUESTIONS:
            console.print(f"\n[bold]{question}[/]\n[dim]GET {escape(address)}[/]", soft_wrap=True)
            for line in answer_lines((await client.get(address)).json()["items"]):
                console.print(f"  {line}", soft_wrap=True, markup=False)


def answer_lines(items: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Returns an answer as lines: ties with the most contacts first, contacts newest first, then by name."""
    if items and "alter" in items[0]:
        yield from map(tie_line, sorted(items, key=lambda tie: (-tie["contacts"], tie["alter"]["name"])))
        return
    for _, line, contact in sorted(((c["latest"] or "", contact_line(c), c) for c in items), key=_newest_first):
        yield line
        yield from map(account_line, contact.get("accounts") or ())


def _newest_first(told: tuple[str, str, dict[str, Any]]) -> tuple[list[int], str]:
    return [-ord(character) for character in told[0]], told[1]


def tie_line(tie: dict[str, Any]) -> str:
    """Returns a counterpart with how many contacts of each kind there were."""
    kinds = sorted(tie["by_kind"].items(), key=lambda one: (-one[1], one[0]))
    return f"{tie['alter']['name']}: {listed([counted(count, kind) for kind, count in kinds])}"


def contact_line(contact: dict[str, Any]) -> str:
    """Returns what a contact was, between whom, and what became of it."""
    took_part = contact["participants"]
    between = [one["actor"]["name"] for one in took_part if one["role"] not in BETWEEN_OTHERS]
    by = [one["actor"]["name"] for one in took_part if one["role"] in BETWEEN_OTHERS]
    kind = f"{contact['kind']} by {listed(by)}" if by else contact["kind"]
    return f"{day(contact['when'])}: {kind} between {listed(between)} ({contact['status']})"


def account_line(account: dict[str, Any]) -> str:
    """Returns who says so, in which document."""
    source, speaker = account["source"], account["speaker"]
    who = speaker["name"] if speaker else account["publisher_name"] or "an unnamed publisher"
    return f"    {who} {account['stance']} it ({source['kind'].replace('_', ' ')}): {source['title']}"


def day(when: str | None) -> str:
    """Returns an EDTF date as a line begins with it."""
    if when is None:
        return "undated"
    return f"until {when[1:]}" if when.startswith("/") else when


def counted(count: int, noun: str) -> str:
    """Returns a number with its noun in the singular or the plural."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{count} {noun if count == 1 else plural}"


def listed(words: Sequence[str]) -> str:
    """Returns words as a sentence lists them."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
