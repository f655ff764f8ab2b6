"""Values that clients should not send and do: as JSON written by hand, since no library writes all of them."""

import json
from typing import Any, Final

LONG: Final = 100_000


def texts() -> list[str]:
    """Returns strings."""
    control = [chr(code) for code in (0, 1, 7, 8, 9, 10, 11, 12, 13, 27, 31, 127, 0x85, 0xA0)]
    unicode = [
        "\u200b",
        "\u200e",
        "\u200f",
        "\u202e",
        "\u2028",
        "\u2029",
        "\u2060",
        "\ufeff",
        "\ufffd",
        "\ufffe",
        "\uffff",
    ]
    unicode += [
        "\U0001f600",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "e\u0301" * 50,
        "\u0e4a" * 100,
        "ß",
        "İ",
        "ǅ",
    ]
    unicode += ["نتنياهو", "בנימין", "Ω≈ç√", "田中", "ﷺ", "\U0010ffff", "\ud7ff\ue000", "a\u0000b", "\u0378"]
    sql = ["'", "''", '"', "\\", "\\'", "';--", "' OR '1'='1", "'; DROP TABLE contact; --", "1; SELECT pg_sleep(9)"]
    sql += [
        "$1",
        "$$",
        "%s",
        "%(p0)s",
        ":p0",
        "::text",
        ":known",
        "{0}",
        "{value}",
        "${jndi:ldap://x}",
        "{{7*7}}",
        "E'\\x00'",
    ]
    sql += ["/*", "--", "1=1", "NULL", "null", "undefined", "None", "DEFAULT", "now()", "pg_sleep(9)", "\\N", "\\."]
    like = [
        "%",
        "_",
        "%%",
        "\\%",
        "[a-z]",
        "^.*$",
        "(a+)+$",
        "((a*)*)*b",
        "*",
        "?",
        "(",
        "[",
        "{",
        "+",
        "(?R)",
        "\\p{L}",
    ]
    words = [
        "&",
        "|",
        "!",
        "<->",
        "a & b",
        "a | !b",
        "a:*",
        "a <-> b",
        "'a':*A",
        "() & ()",
        ":*",
        "!!",
        "a:*b:*",
        "&|!",
    ]
    paths = [
        "../../etc/passwd",
        "..%2f",
        "/",
        "//",
        "./",
        "~",
        "file:///etc/passwd",
        "C:\\",
        "con",
        ".",
        "..",
        "a/b/c",
        "?",
        "#",
    ]
    web = [
        "<script>alert(1)</script>",
        "javascript:alert(1)",
        "<!--",
        "]]>",
        "&amp;",
        "\r\nSet-Cookie: a=b",
        "http://[::1",
    ]
    web += [
        "=1+1",
        "@SUM(A1)",
        "+1",
        "-1",
        "\t=1",
        "https://x.example/\u0000",
        "https://x.example/ a",
        "data:text/html,x",
    ]
    dates = [
        "0000",
        "0000-01-01",
        "-0001",
        "9999",
        "9999-12-31",
        "10000",
        "10000-01-01",
        "2021-02-30",
        "2021-13",
        "Y170000002",
    ]
    dates += [
        "2021-W20",
        "2021-21",
        "[..]",
        "../..",
        "/",
        "2021/",
        "[2021..",
        "2021-05-12T25:00:00Z",
        "2021-05-12T24:00:00Z",
    ]
    dates += [
        "9999-12-31T23:59:60Z",
        "2021-05-12T10:00:00+99:99",
        "1e400",
        "infinity",
        "-infinity",
        "epoch",
        "today",
        "XXXX",
    ]
    dates += [
        "0001-01-01/9999-12-31",
        "9999-12-31/0001-01-01",
        "0001",
        "2021-XX-12",
        "２０２１",
        "2021-05-12~?%",
        "٢٠٢١",
    ]
    refs = [
        "act_0",
        "act_1",
        "act_ffffffffffffffff",
        "con_7fffffffffffffff",
        "con_5f3a91b2",
        "act_",
        "x:",
        ":x",
        ":",
        "::",
        "a:b:c",
    ]
    refs += [
        "iso3:",
        "iso3:ZZZ",
        "iso3:" + "A" * 295,
        "key_1",
        "act_5F3A91B2",
        "joe-biden",
        "JOE-BIDEN",
        "-",
        "a-",
        "-a",
        "a--b",
    ]
    long = [
        "x" * LONG,
        "é" * LONG,
        "\U0001f600" * (LONG // 2),
        "a " * (LONG // 2),
        "-" * LONG,
        "a-" * (LONG // 2),
        "[" * LONG,
    ]
    long += [
        "x" * 300,
        "x" * 301,
        "x" * 500,
        "x" * 501,
        "x" * 10_000,
        "x" * 10_001,
        "%" * LONG,
        "9" * LONG,
        "a:" * (LONG // 2),
    ]
    blank = ["", " ", "\t", "\n", "   ", "\u3000", "\u00a0\u00a0"]
    return [*control, *unicode, *sql, *like, *words, *paths, *web, *dates, *refs, *long, *blank]


def tokens() -> list[str]:
    """Returns JSON values, written out, that are no plain strings; some of them are no JSON."""
    numbers = [
        "0",
        "-0",
        "1",
        "-1",
        "0.5",
        "1e2",
        "1e400",
        "-1e400",
        "1e-400",
        "NaN",
        "Infinity",
        "-Infinity",
        "1" + "0" * 400,
    ]
    numbers += [str(2**bits + more) for bits in (31, 32, 53, 63, 64, 128) for more in (-1, 0)] + [
        str(-(2**63)),
        str(-(2**63) - 1),
    ]
    other = [
        "null",
        "true",
        "false",
        "[]",
        "{}",
        "[[]]",
        "[null]",
        "[1]",
        '[""]',
        '{"":""}',
        '{"a":1}',
        '{"__proto__":{}}',
    ]
    other += ["[" * 200 + "]" * 200, '{"a":' * 200 + "1" + "}" * 200, "[" + "1," * 2_000 + "1]", '["a","a"]', "[{}]"]
    surrogates = [r'"\ud800"', r'"\udc00"', r'"a\ud83d"', r'"\ude00\ud83d"', r'"\u0000"', r'"\ud800\u0041"']
    bent = [
        '"\\x41"',
        "'a'",
        "01",
        "1.",
        ".5",
        "+1",
        "0x1F",
        "1_000",
        "TRUE",
        "nan",
        '"\t"',
        "",
        '"',
        "[",
        '{"a":1,"a":2}',
    ]
    return [*numbers, *other, *surrogates, *bent]


TEXTS: Final = texts()
JSON_VALUES: Final = [*(json.dumps(value) for value in TEXTS), *tokens()]
"""Every hostile value as the text of a JSON document."""


def spread(values: list[Any], salt: str, most: int) -> list[Any]:
    """Returns up to so many values, evenly spread; another salt begins elsewhere, so that together they take all."""
    if most >= len(values):
        return values
    start = sum(map(ord, salt)) % len(values)
    return [values[(start + n * len(values) // most) % len(values)] for n in range(most)]
