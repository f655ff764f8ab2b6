"""Values that clients should not send and do: as JSON written by hand, since no library writes all of them."""

import json
from typing import Any, Final

LONG: Final = 100_000
TEXTS: Final[tuple[str, ...]] = (
    *("\u0000", "\u0001", "\u0007", "\u0008", "\t", "\n", "\u000b", "\u000c", "\r", "\u001b", "\u001f", "\u007f"),
    *("\u0085", "\u00a0", "\u200b", "\u200e", "\u200f", "\u202e", "\u2028", "\u2029", "\u2060", "\ufeff", "\ufffd"),
    *("\ufffe", "\uffff", "\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "e\u0301" * 50),
    *("\u0e4a" * 100, "ß", "İ", "ǅ", "نتنياهو", "בנימין", "Ω≈ç√", "田中", "ﷺ", "\U0010ffff", "\ud7ff\ue000"),
    *("a\u0000b", "\u0378", "'", "''", '"', "\\", "\\'", "';--", "' OR '1'='1", "'; DROP TABLE contact; --"),
    *("1; SELECT pg_sleep(9)", "$1", "$$", "%s", "%(p0)s", ":p0", "::text", ":known", "{0}", "{value}"),
    *("${jndi:ldap://x}", "{{7*7}}", "E'\\x00'", "/*", "--", "1=1", "NULL", "null", "undefined", "None", "DEFAULT"),
    *("now()", "pg_sleep(9)", "\\N", "\\.", "%", "_", "%%", "\\%", "[a-z]", "^.*$", "(a+)+$", "((a*)*)*b", "*"),
    *("?", "(", "[", "{", "+", "(?R)", "\\p{L}", "&", "|", "!", "<->", "a & b", "a | !b", "a:*", "a <-> b"),
    *("'a':*A", "() & ()", ":*", "!!", "a:*b:*", "&|!", "../../etc/passwd", "..%2f", "/", "//", "./", "~"),
    *("file:///etc/passwd", "C:\\", "con", ".", "..", "a/b/c", "?", "#", "<script>alert(1)</script>"),
    *("javascript:alert(1)", "<!--", "]]>", "&amp;", "\r\nSet-Cookie: a=b", "http://[::1", "=1+1", "@SUM(A1)"),
    *("+1", "-1", "\t=1", "https://x.example/\u0000", "https://x.example/ a", "data:text/html,x", "0000"),
    *("0000-01-01", "-0001", "9999", "9999-12-31", "10000", "10000-01-01", "2021-02-30", "2021-13", "Y170000002"),
    *("2021-W20", "2021-21", "[..]", "../..", "/", "2021/", "[2021..", "2021-05-12T25:00:00Z"),
    *("2021-05-12T24:00:00Z", "9999-12-31T23:59:60Z", "2021-05-12T10:00:00+99:99", "1e400", "infinity"),
    *("-infinity", "epoch", "today", "XXXX", "0001-01-01/9999-12-31", "9999-12-31/0001-01-01", "0001"),
    *("2021-XX-12", "\uff12\uff10\uff12\uff11", "2021-05-12~?%", "٢٠٢١", "act_0", "act_1", "act_ffffffffffffffff"),
    *("con_7fffffffffffffff", "con_5f3a91b2", "act_", "x:", ":x", ":", "::", "a:b:c", "iso3:", "iso3:ZZZ"),
    *("iso3:" + "A" * 295, "key_1", "act_5F3A91B2", "joe-biden", "JOE-BIDEN", "-", "a-", "-a", "a--b", "x" * LONG),
    *("\xe9" * LONG, "\U0001f600" * (LONG // 2), "a " * (LONG // 2), "-" * LONG, "a-" * (LONG // 2), "[" * LONG),
    *("x" * 300, "x" * 301, "x" * 500, "x" * 501, "x" * 10000, "x" * 10001, "%" * LONG, "9" * LONG),
    *("a:" * (LONG // 2), "", " ", "\t", "\n", "   ", "\u3000", "\u00a0\u00a0"),
)
"""Control characters, foreign scripts, SQL, patterns, tsquery, paths, markup, dates, references, length, blanks."""
TOKENS: Final[tuple[str, ...]] = (
    *("0", "-0", "1", "-1", "0.5", "1e2", "1e400", "-1e400", "1e-400", "NaN", "Infinity", "-Infinity"),
    *("1" + "0" * 400, "2147483647", "2147483648", "4294967295", "4294967296", "9007199254740991"),
    *("9007199254740992", "9223372036854775807", "9223372036854775808", "18446744073709551615"),
    *("18446744073709551616", "340282366920938463463374607431768211455", "340282366920938463463374607431768211456"),
    *("-9223372036854775808", "-9223372036854775809", "null", "true", "false", "[]", "{}", "[[]]", "[null]", "[1]"),
    *('[""]', '{"":""}', '{"a":1}', '{"__proto__":{}}', "[" * 200 + "]" * 200, '{"a":' * 200 + "1" + "}" * 200),
    *("[" + "1," * 2_000 + "1]", '["a","a"]', "[{}]", '"\\ud800"', '"\\udc00"', '"a\\ud83d"', '"\\ude00\\ud83d"'),
    *('"\\u0000"', '"\\ud800\\u0041"', '"\\x41"', "'a'", "01", "1.", ".5", "+1", "0x1F", "1_000", "TRUE", "nan"),
    *('"\t"', "", '"', "[", '{"a":1,"a":2}'),
)
"""JSON values, written out, that are no plain strings; some of them are no JSON."""
JSON_VALUES: Final = [*map(json.dumps, TEXTS), *TOKENS]
"""Every hostile value as the text of a JSON document."""


def spread(values: list[Any], salt: str, most: int) -> list[Any]:
    """Returns up to so many values, evenly spread; another salt begins elsewhere, so that together they take all."""
    if most >= len(values):
        return values
    start = sum(map(ord, salt)) % len(values)
    return [values[(start + n * len(values) // most) % len(values)] for n in range(most)]
