"""What a row was before it changed is kept, so that the record can be read as it stood at any instant since."""

import sqlalchemy as sa

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

RECORDS = (
    *("actor", "actor_identifier", "actor_name", "affiliation", "designation", "episode", "source", "topic"),
    *("contact", "contact_episode", "contact_identifier", "contact_topic", "participant"),
    *("account", "account_actor", "account_topic", "commitment", "commitment_account", "commitment_actor", "lift"),
)
PROJECTIONS = ("incidence", "edge", "tie", "tie_month", "acknowledgement")

# Stable, though it draws a number: within a transaction it is always the same, and COPY may go on by the block.
CURRENT_WRITE = """
CREATE FUNCTION current_write() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    held text := current_setting('readout.write', true);
BEGIN
    IF held IS NULL OR held = '' THEN
        held := nextval('public.write_id_seq')::text;
        PERFORM set_config('readout.write', held, true);
    END IF;
    RETURN held::bigint;
END $$
"""
# Under the revision lock, so that instants rise with revisions even when the clock is set back.
REVISION_MOMENT = """
CREATE FUNCTION revision_moment() RETURNS timestamptz LANGUAGE sql AS $$
SELECT greatest(clock_timestamp(), (SELECT max(at) FROM public.revision) + interval '1 microsecond')
$$
"""
LATEST_WRITE = """
CREATE FUNCTION latest_write() RETURNS bigint LANGUAGE sql AS $$
SELECT greatest(public.current_write(), (SELECT max(latest_write) FROM public.revision))
$$
"""
# Called again for a table whose columns have changed; a column that is to go needs its view dropped first.
KEEP_PAST = """
CREATE FUNCTION keep_past(noun text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one record;
    names text;
    olds text;
    known text := 'known_from <= (SELECT current_setting(''readout.last_write'')::bigint) AND known_from '
        '<> ALL ((SELECT current_setting(''readout.late_writes'')::bigint[])::bigint[])';
BEGIN
    EXECUTE format('CREATE TABLE IF NOT EXISTS past.%I (known_until bigint NOT NULL)', noun);
    FOR one IN
        SELECT a.attname, format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attcollation <> t.typcollation
            THEN format(' COLLATE %I.%I', n.nspname, c.collname) ELSE '' END AS type
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_collation c ON c.oid = a.attcollation LEFT JOIN pg_namespace n ON n.oid = c.collnamespace
        WHERE a.attrelid = format('public.%I', noun)::regclass AND a.attnum > 0 AND NOT a.attisdropped
        AND NOT EXISTS (SELECT FROM pg_attribute p WHERE p.attrelid = format('past.%I', noun)::regclass
            AND p.attname = a.attname AND NOT p.attisdropped)
        ORDER BY a.attnum
    LOOP
        EXECUTE format('ALTER TABLE past.%I ADD COLUMN %I %s', noun, one.attname, one.type);
    END LOOP;
    FOR one IN
        SELECT indexrelid::regclass AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
        WHERE indrelid = format('public.%I', noun)::regclass
    LOOP
        EXECUTE regexp_replace(one.definition, '^CREATE (UNIQUE )?INDEX (\\S+) ON public\\.',
            'CREATE INDEX IF NOT EXISTS \\2 ON past.');
    END LOOP;
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
        string_agg('OLD.' || quote_ident(attname), ', ' ORDER BY attnum) INTO names, olds
    FROM pg_attribute WHERE attrelid = format('public.%I', noun)::regclass AND attnum > 0 AND NOT attisdropped;
    EXECUTE format('DROP VIEW IF EXISTS as_of.%I', noun);
    -- No condition inside of the union: only so the planner takes it apart, and joins look rows up by index.
    EXECUTE format('CREATE VIEW as_of.%1$I AS SELECT %2$s FROM (SELECT %2$s, NULL::bigint AS known_until '
        'FROM public.%1$I UNION ALL SELECT %2$s, known_until FROM past.%1$I) rows_ever '
        'WHERE %3$s AND (known_until IS NULL OR NOT (%4$s))',
        noun, names, known, replace(known, 'known_from', 'known_until'));
    EXECUTE format($f$
        CREATE OR REPLACE FUNCTION past.%2$I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $t$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                NEW.known_from := OLD.known_from;
                IF NEW IS NOT DISTINCT FROM OLD THEN
                    RETURN NEW;
                END IF;
                NEW.known_from := public.current_write();
            END IF;
            IF OLD.known_from <> public.current_write() THEN
                INSERT INTO past.%1$I (known_until, %3$s) VALUES (public.current_write(), %4$s);
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        END $t$ $f$, noun, 'keep_' || noun, names, olds);
    EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE OR DELETE ON public.%I '
        'FOR EACH ROW EXECUTE FUNCTION past.%I()', noun || '_keep_past', noun, 'keep_' || noun);
END $$
"""
REVISION_VIEW = """
CREATE VIEW as_of.revision AS SELECT * FROM public.revision
WHERE revision_id <= (SELECT current_setting('readout.known_revision')::bigint)
"""


def upgrade() -> None:
    op.execute("CREATE SCHEMA IF NOT EXISTS past")
    op.execute("CREATE SCHEMA IF NOT EXISTS as_of")
    op.execute("CREATE SEQUENCE write_id_seq AS bigint")
    op.execute(CURRENT_WRITE)
    for table in PROJECTIONS:
        op.drop_column(table, "known_from")
    for table in (*RECORDS, *PROJECTIONS):
        # A constant first: no row is rewritten. What is there already has been known from before the first write.
        op.add_column(table, sa.Column("known_from", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        op.alter_column(table, "known_from", server_default=sa.text("current_write()"))
    _number_writes()
    op.execute(KEEP_PAST)
    for table in (*RECORDS, *PROJECTIONS):
        op.execute(f"SELECT keep_past('{table}')")
    op.execute(REVISION_VIEW)


def _number_writes() -> None:
    for name, function in (("write_id", "current_write()"), ("latest_write", "latest_write()")):
        op.add_column("revision", sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        if name == "latest_write":
            op.execute(LATEST_WRITE)
        op.alter_column("revision", name, server_default=sa.text(function))
    op.execute(REVISION_MOMENT)
    op.alter_column("revision", "at", server_default=sa.text("revision_moment()"))
    op.create_index("revision_at_idx", "revision", ["at"], unique=False)
    op.create_index(
        "revision_late_idx",
        "revision",
        ["revision_id", "write_id"],
        unique=False,
        postgresql_where=sa.text("write_id < latest_write"),
    )
    op.create_index("revision_latest_write_idx", "revision", ["latest_write"], unique=False)
    op.add_column("instance", sa.Column("past_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE instance SET past_since = clock_timestamp() WHERE EXISTS (SELECT FROM revision)")


def downgrade() -> None:
    op.execute("DROP SCHEMA as_of CASCADE")
    for table in (*RECORDS, *PROJECTIONS):
        op.execute(f"DROP TRIGGER {table}_keep_past ON {table}")
        op.drop_column(table, "known_from")
    op.execute("DROP SCHEMA past CASCADE")
    for table in PROJECTIONS:
        known = sa.Column("known_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        op.add_column(table, known)
    op.drop_column("instance", "past_since")
    for index in ("revision_latest_write_idx", "revision_late_idx", "revision_at_idx"):
        op.drop_index(index, table_name="revision")
    op.alter_column("revision", "at", server_default=sa.text("clock_timestamp()"))
    for name in ("latest_write", "write_id"):
        op.drop_column("revision", name)
    for function in ("keep_past(text)", "revision_moment()", "latest_write()", "current_write()"):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP SEQUENCE write_id_seq")
