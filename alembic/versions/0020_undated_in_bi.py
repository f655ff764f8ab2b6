"""Undated contacts in `bi.timeline_day`, so that its rows add up to the contacts.

The views are made by the function `make_bi_views()`; here the part of its text that makes this one is replaced.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

LAST = "timestamp '9999-12-31'"
VISIBLE = "EXISTS (SELECT FROM public.incidence i WHERE i.contact_id = c.contact_id AND 0 BETWEEN i.clear_from AND i.clear_until)"
CHANGES = (
    (
        "SELECT c.match_earliest::date AS day",
        f"SELECT CASE WHEN c.match_earliest < {LAST} THEN c.match_earliest::date END AS day",
    ),
    (
        f"AS took_place,\n    CASE WHEN c.earliest = timestamp '0001-01-01' OR c.latest = {LAST} THEN 'open'",
        f"AS took_place,\n    CASE WHEN c.match_earliest = {LAST} THEN 'undated' "
        f"WHEN c.earliest = timestamp '0001-01-01' OR c.latest = {LAST} THEN 'open'",
    ),
    (f"c.match_earliest < {LAST} AND {VISIBLE} GROUP BY", f"{VISIBLE} GROUP BY"),
    (
        "one of unknown start stands at its known end.",
        "one of unknown start stands at its known end; null = neither is known.",
    ),
    (
        "open = one end is unknown.",
        "open = one end is unknown; undated = both are, and there is no day.",
    ),
    (
        "none stands on two days, those without any date are left out.",
        "none stands on two days.",
    ),
    ("Days without any are left out.", "Days without any are left out; contacts without a date have no day."),
)


def make_anew(changes):
    connection = op.get_bind()
    body = connection.exec_driver_sql(
        "SELECT prosrc FROM pg_proc WHERE oid = 'public.make_bi_views()'::regprocedure"
    ).scalar_one()
    for before, after in changes:
        if body.count(before) != 1:
            raise RuntimeError(f"make_bi_views() does not hold this once: {before}")
        body = body.replace(before, after)
    connection.exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION public.make_bi_views() RETURNS void LANGUAGE plpgsql AS $bi${body}$bi$"
    )
    op.execute("SELECT public.drop_bi_views()")
    op.execute("SELECT public.make_bi_views()")


def upgrade() -> None:
    make_anew(CHANGES)


def downgrade() -> None:
    make_anew([(after, before) for before, after in CHANGES])
