"""Values that would be SQL, a text query, a pattern or a template if anybody took them for more than text."""

from typing import Final

OPENERS: Final = ("'", "''", "')", "'))", '"', '")', "\\'", "x'", "%27", "1", "1)", "$$", "';", "/**/'")
CONDITIONS: Final = (
    *(" OR '1'='1", " OR 1=1 --", " AND 1=0 --", "; DROP TABLE actor; --", "; SELECT pg_sleep(9); --"),
    *(" UNION SELECT NULL --", " UNION ALL SELECT version() --", "||(SELECT name FROM actor LIMIT 1)||'"),
)
SQL: Final = (
    *(opener + condition for opener in OPENERS for condition in CONDITIONS),
    *("admin'--", "' HAVING 1=1 --", "' GROUP BY actor_id --", "' ORDER BY 99 --", "' LIMIT 0 --", "' FETCH FIRST 1"),
    *("';COMMIT;--", "';ROLLBACK;--", "'; SET ROLE postgres; --", "'; COPY actor TO '/x'; --", "'; VACUUM; --"),
    *("'::text", "1::int", "CAST(1 AS text)", "E'\\x27'", "U&'\\0027'", "B'1'", "$1", "$2::text", ":p0", ":limit"),
    *("%s", "%(p0)s", "%(limit)s", "{value}", "{0}", "?", "@p", "now()", "current_user", "pg_sleep(9)", "NULL::text"),
    *("(SELECT 1)", "(SELECT actor_id FROM actor)", "CASE WHEN 1=1 THEN 1 END", "1 IS NOT NULL", "t.slug", "d.status"),
    *("' || 'x", "'||''||'", "concat(1)", "chr(39)", "ARRAY[1]", "ROW(1)", "generate_series(1,9)", "--", "/*", "*/"),
)
WORDS: Final = (
    *("israel | hamas", "israel & !hamas", "!israel", "!!israel", "israel <-> hamas", "israel <2> hamas", "isr:*"),
    *("'israel'", "'israel':A", "israel:ABCD", "israel:*A", "(israel)", "(israel", "israel)", "israel &", "| israel"),
    *("& | !", "()", "<->", ":*", "!", "&&", "||", "a:*b:*", "'a' 'b'", "\\:*", '"israel hamas"', "-israel", "+israel"),
    *("israel OR hamas", "israel or hamas", "NOT israel", "israel AND NOT hamas", "biden <1> blinken", "@@ israel"),
)
PATTERNS: Final = (
    *("%", "%%", "_", "____", "%a%", "\\%", "\\_", "\\", "\\\\", "j%", "joe_biden", "%biden", "joe-bide_", "ha%as"),
    *("*", "ha*", "?amas", "[h]amas", "[a-z]+", "[[:alpha:]]", "^hamas$", ".*", ".+", "h.mas", "(hamas|israel)"),
    *("(a+)+$", "((a*)*)*b", "(a|aa)+$", "(?=a)", "(?i)hamas", "(?:x)", "\\d+", "\\w*", "\\y", "***=x", "***:x"),
    *("a{1,99999}", "a{99999}", "[", "]", "(", ")", "{", "}", "^", "$", "|hamas", "hamas|", "\\1", "(?<n>x)", "x**"),
    *("${7*7}", "{{7*7}}", "#{7}", "<%= 7 %>", "$.name", "$[*]", "{$gt: 0}", "{'a': 1}", "*)(uid=*", "//actor"),
)
PAYLOADS: Final = (*SQL, *WORDS, *PATTERNS)
"""None is an actor of the first world, and none is empty once commas are taken for separators."""
LEAKS: Final = (
    *("select ", "syntax error", "sqlstate", "psycopg", "sqlalchemy", "traceback", "tsquery", "relation ", "line 1:"),
    *("insert into", "pg_", "regular expression", "regex", "operator", " at or near", "site-packages", "column "),
)
"""What no answer says, unless it was in the record."""
