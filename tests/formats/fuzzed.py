"""Ten thousand names that the record would take, nasty ones first, and what is called by them."""

import csv
import io
import json
import random
from typing import Any

from formats.registry import formats_of
from formats.shapes import About, Content, Options
from formats.tables import BY_NAME
from formats.xml_text import FORBIDDEN
from models.base import refuse_unreadable, refuse_unstorable

SEED = 20210512
NAMES = 10_000
TRICKS = (
    *("=1+1", "+1", "-1", "@SUM(A1)", "|cmd", "%0A", "'already", '"', '""', ",", ";", "\\", "<b>", "&amp;", "]]>"),
    *("＝1+1", "－1", "＋1", "＠x", "\u200b=1+1", "\ufeff=1", "\u200f=x", "\u2060-1", " =1+1", "\u00a0=1", "\u3000@x"),
    *("=cmd|' /C calc'!A0", '=HYPERLINK("http://example.org","x")', "NULL", "NaN", "true", "0123", "1e5", "#REF!"),
    *("שלום", "مرحبا", "Нетаньяху", "習近平", "🇮🇱🇺🇸", "e\u0301", "\u2028", "\u2029", "\ufffe", "\uffff", "\U0010ffff"),
    *("x\u0085y", "Ω" * 60, "a\u0300" * 50, "--", "/*", "${7*7}", "{{7*7}}", "null", "None"),
)
PROSE_ONLY = (
    "\ttab",
    "\rreturn",
    "\nline",
    "a\nb",
    "a\r\nb",
    "a\tb",
    "\x01",
    "\x0b",
    "a\x1fb",
    "\x7f",
    "\u202ex",
    "\u2067x",
)
"""What a summary may hold and a name may not."""


def storable(text: str) -> bool:
    try:
        return refuse_unreadable(refuse_unstorable(text)) == text != ""
    except ValueError:
        return False


def names() -> list[str]:
    """Returns ten thousand names that the record would take, nasty ones first."""
    rng = random.Random(SEED)
    made = [name for name in TRICKS if storable(name)]
    planes = (
        (0x20, 0x7F),
        (0xA0, 0x250),
        (0x370, 0x700),
        (0x4E00, 0x4F00),
        (0x2000, 0x2070),
        (0xFF00, 0xFFF0),
        (0x1F300, 0x1F600),
    )
    while len(made) < NAMES:
        parts = [rng.choice(TRICKS)] if rng.random() < 0.6 else []
        parts += [chr(rng.randrange(*rng.choice(planes))) for _ in range(rng.randint(1, 8))]
        rng.shuffle(parts)
        if storable(name := "".join(parts).strip()):
            made.append(name)
    return made


def edge(number: int, name: str) -> dict[str, Any]:
    """Returns a pair in a contact of a year of its own, from one everybody knows to one of this name."""
    return {
        "contact_id": f"con_{number:x}",
        "contact_kind": "call",
        "contact_status": "confirmed",
        "when": "2021-05-12",
        "earliest": "2021-05-12T00:00:00",
        "latest": "2021-05-13T00:00:00",
        "level": "actor",
        **{f"source_{part}": value for part, value in actor(0, "Everybody").items()},
        **{f"target_{part}": value for part, value in actor(number, name).items()},
        "source_roles": "principal",
        "target_roles": "principal",
        "initiated_by": None,
        "certain": True,
        "represented": False,
        "contact": f"/v1/contacts/con_{number:x}",
    }


def actor(number: int, name: str) -> dict[str, Any]:
    return {"id": f"act_{number:x}", "slug": f"a-{number}", "name": name, "kind": "person"}


def content_of(table: str, records: list[dict[str, Any]], actors: list[dict[str, Any]]) -> Content:
    texts, nodes = list(map(json.dumps, records)), list(map(json.dumps, actors))
    return Content(
        BY_NAME[table], lambda: texts, lambda: nodes, About("edges", "http://x/v1/edges", "http://x", "one", 7)
    )


def written(suffix: str, content: Content, **options: Any) -> bytes:
    pieces = formats_of(content.table.name)[suffix].write(content, Options(**options))
    return b"".join(pieces)


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def shown(name: str) -> str:
    """Returns a name as XML can hold it."""
    return FORBIDDEN.sub("\ufffd", name)
