"""Views for dashboards in a schema of their own: scalars only, stable names, each view and column commented.

They run with the rights of their owner, so whoever may read them needs no right on any table. `make_bi_views()` makes
them, `drop_bi_views()` takes them away: a migration that changes a column below them calls both around the change, and
replaces the first where a definition changes.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FIRST = "timestamp '0001-01-01'"
LAST = "timestamp '9999-12-31'"
HAPPENED = "('disputed', 'confirmed', 'acknowledged', 'reported')"
TODAY = "(now() AT TIME ZONE 'UTC')::date"


def first_day(column):
    return f"CASE WHEN {column} > {FIRST} THEN {column}::date END"


def last_day(column):
    return f"CASE WHEN {column} < {LAST} THEN ({column} - interval '1 microsecond')::date END"


def exact_day(row):
    # An unknown end is a sentinel, so that both ends of one day are known.
    return f"CASE WHEN {row}.earliest::date = ({row}.latest - interval '1 microsecond')::date THEN {row}.earliest::date END"


def clear(row):
    return f"0 BETWEEN {row}.clear_from AND {row}.clear_until"


def actor(alias, name, said):
    return [
        (f"{name}_id", f"public.public_id('act', {alias}.actor_id)", f"{said}: public id, as in the API."),
        (f"{name}_slug", f"{alias}.slug", f"{said}: its readable name in addresses."),
        (f"{name}_name", f"{alias}.name", f"{said}: its primary name."),
        (f"{name}_kind", f"{alias}.kind", f"{said}: person, office, organisation, state or group."),
    ]


CONTACT_ID = "Public id of the contact, as in /v1/contacts/{contact}."
KIND = "What kind of event it is: call, conversation, meeting, visit and so on."
TOOK_PLACE = "Whether it took place by somebody's word: disputed, confirmed, acknowledged or reported."
LEVEL = "The level at which actors are named: actor, or state for everybody rolled up by tenure. Choose one, or all counts twice."
FIRST_DAY = "First civil day on which it may have been; null = unknown or open."
LAST_DAY = "Last civil day on which it may have been; null = unknown or open."
EXACT_DAY = "The civil day, where its date says which; null = coarser, longer or unknown."
VISIBLE = f"EXISTS (SELECT FROM public.incidence i WHERE i.contact_id = c.contact_id AND {clear('i')})"
KINDS = (
    *(("calls", "Calls"), ("conversations", "Conversations, the medium not stated"), ("meetings", "Meetings")),
    *(("visits", "Visits"), ("missions", "Missions of envoys"), ("negotiations", "Rounds of negotiation")),
    *(("mediations", "Mediations"), ("messages", "Messages"), ("summonses", "Summonses")),
    ("engagements", "Engagements: contact is asserted, nothing more"),
)

CONTACT = [
    ("contact_id", "public.public_id('con', c.contact_id)", CONTACT_ID),
    ("kind", "c.kind", KIND),
    (
        "status",
        "c.status",
        "What became of it: an editor's ruling where there is one, else computed from the accounts.",
    ),
    ("took_place", f"c.status IN {HAPPENED}", TOOK_PLACE),
    ("date_edtf", 'c."when"', "Its date as recorded, EDTF; null = unknown."),
    ("first_day", first_day("c.earliest"), FIRST_DAY),
    ("last_day", last_day("c.latest"), LAST_DAY),
    ("exact_day", exact_day("c"), EXACT_DAY),
    ("date_basis", "c.date_basis", "Whether a source states the date, or an editor inferred it."),
    ("medium", "c.medium", "Of a call or conversation: telephone, video, hotline, other; null = not stated."),
    ("protocol", "c.protocol", "Of a visit: its rank in protocol; null = not stated."),
    ("track", "c.track", "Of a negotiation: 1, 1.5 or 2; null = not stated."),
    ("talks", "c.talks", "Of a negotiation: direct or proximity; null = not stated."),
    ("duration_minutes", "c.duration_minutes", "How long it lasted, in minutes; null = unknown."),
    ("place", "c.place", "Where, in words; null = unknown."),
    ("summary", "c.summary", "What happened, in the editor's words."),
    (
        "participants",
        "(SELECT count(*) FROM public.participant p WHERE p.contact_id = c.contact_id)",
        "How many took part, by name.",
    ),
    (
        "participant_names",
        "(SELECT string_agg(a.name, ', ' ORDER BY p.ordinal) FROM public.participant p "
        "JOIN public.actor a ON a.actor_id = p.actor_id WHERE p.contact_id = c.contact_id)",
        "Who took part, in the order recorded, joined by commas.",
    ),
    (
        "topics",
        "(SELECT string_agg(t.slug, ', ' ORDER BY t.slug) FROM public.contact_topic x "
        "JOIN public.topic t ON t.topic_id = x.topic_id WHERE x.contact_id = c.contact_id)",
        "What it was about: slugs of topics, joined by commas.",
    ),
    (
        "episodes",
        "(SELECT string_agg(e.slug, ', ' ORDER BY e.slug) FROM public.contact_episode x "
        "JOIN public.episode e ON e.episode_id = x.episode_id WHERE x.contact_id = c.contact_id)",
        "What it belongs to: slugs of episodes, joined by commas.",
    ),
    (
        "accounts",
        "(SELECT count(*) FROM public.account x WHERE x.contact_id = c.contact_id AND x.withdrawn_at IS NULL)",
        "How many accounts of it stand: what one source says is one account.",
    ),
    (
        "sources",
        "(SELECT count(DISTINCT x.source_id) FROM public.account x WHERE x.contact_id = c.contact_id "
        "AND x.withdrawn_at IS NULL)",
        "In how many documents these accounts stand.",
    ),
    (
        "part_of_id",
        "public.public_id('con', c.part_of_id)",
        "Public id of the visit, gathering or talks it took place in.",
    ),
    ("recorded_at", "c.recorded_at", "When it was first recorded."),
    ("changed_at", "c.changed_at", "When the record of it last changed."),
    (
        "address",
        "'/v1/contacts/' || public.public_id('con', c.contact_id)",
        "Where the service shows it with its accounts.",
    ),
]
EDGE = [
    ("level", "d.level", LEVEL),
    ("contact_id", "public.public_id('con', d.contact_id)", CONTACT_ID),
    ("kind", "d.kind", KIND),
    ("status", "d.status", "What became of it between these two."),
    ("took_place", f"d.status IN {HAPPENED}", TOOK_PLACE),
    ("first_day", first_day("d.earliest"), FIRST_DAY),
    ("last_day", last_day("d.latest"), LAST_DAY),
    ("exact_day", exact_day("d"), EXACT_DAY),
    *actor("a", "source", "One end; which of the two has no meaning"),
    *actor("b", "target", "The other end"),
    ("source_roles", "d.ego_roles", "The roles of the source in it, joined by commas."),
    ("target_roles", "d.alter_roles", "The roles of the target in it, joined by commas."),
    (
        "initiated_by",
        "CASE d.initiated_by WHEN 'ego' THEN 'source' WHEN 'alter' THEN 'target' ELSE d.initiated_by END",
        "Who called, asked or invited: source, target or both; null = unknown.",
    ),
    ("certain", "d.certain", "False where a tenure covers the date only possibly."),
    ("represented", "d.represented", "An end stands for somebody on whose behalf another acted."),
]
NODE = [
    ("level", "n.level", LEVEL),
    *actor("a", "actor", "The actor"),
    (
        "stands_for_slug",
        "s.slug",
        "The state, or top organisation of none, for which it stands today: slug; null = itself.",
    ),
    ("stands_for_name", "s.name", "The same: name."),
    ("contacts", "coalesce(i.contacts, 0)", "Distinct contacts in which it took part and that took place."),
    ("counterparts", "coalesce(t.counterparts, 0)", "With how many others it dealt in them."),
    ("first_day", "i.first_day", "First civil day that is known of any of them."),
    ("last_day", "i.last_day", "Last civil day that is known of any of them."),
]
PAIR = [
    ("level", "t.level", LEVEL),
    *actor("a", "ego", "From whose side the pair is seen; each pair comes from both"),
    *actor("b", "alter", "The counterpart"),
    ("contacts", "t.contacts", "Distinct contacts of the two that took place."),
    (
        "first_from",
        first_day("t.first_earliest"),
        "First day on which the first of them may have been; null = unknown.",
    ),
    ("first_to", last_day("t.first_latest"), "Last day on which the first may have been."),
    ("last_from", first_day("t.last_earliest"), "First day on which the last of them may have been; null = unknown."),
    ("last_to", last_day("t.last_latest"), "Last day on which the last may have been."),
    (
        "days_silent_at_least",
        f"greatest(0, {TODAY} - ({last_day('t.last_latest')}))",
        "Days until today, UTC, if the last was as late as its date allows.",
    ),
    (
        "days_silent_at_most",
        f"CASE WHEN t.last_earliest > {FIRST} THEN greatest(0, {TODAY} - t.last_earliest::date) END",
        "Days until today, UTC, if it was as early; null = unknown.",
    ),
    (
        "last_contact_id",
        "public.public_id('con', l.contact_id)",
        "Public id of the last contact; of several, the best dated.",
    ),
    ("last_kind", "l.kind", "What kind of event the last was."),
    ("last_status", "l.status", "What became of it between these two."),
]
MATRIX = [
    *actor("a", "row", "The state of the row, or organisation that belongs to none"),
    *actor("b", "column", "The state of the column, or organisation that belongs to none"),
    ("contacts", "t.contacts", "Distinct contacts of the two that took place."),
    *((name, f"t.by_kind[{n}]", f"{said}: so many of the contacts.") for n, (name, said) in enumerate(KINDS, start=1)),
    ("last_day", last_day("t.last_latest"), "Last day on which the last of them may have been."),
]
TIMELINE = [
    (
        "day",
        "c.match_earliest::date",
        "Civil day on which the date begins; one of unknown start stands at its known end.",
    ),
    ("kind", "c.kind", KIND),
    ("status", "c.status", "What became of them."),
    ("took_place", f"c.status IN {HAPPENED}", TOOK_PLACE),
    (
        "dated",
        f"CASE WHEN c.earliest = {FIRST} OR c.latest = {LAST} THEN 'open' "
        "WHEN c.earliest::date = (c.latest - interval '1 microsecond')::date THEN 'day' ELSE 'span' END",
        "How well the date is known: day; span = several days, or somewhen within; open = one end is unknown.",
    ),
    ("contacts", "count(*)", "Distinct contacts; none stands on two days, those without any date are left out."),
]
FLOW = [
    ("level", "f.level", LEVEL),
    *actor("a", "source", "One end; each pair comes once, so the graph has no cycles"),
    *actor("b", "target", "The other end"),
    ("kind", "f.kind", KIND),
    ("contacts", "f.contacts", "Distinct contacts of the two, of this kind, that took place."),
    (
        "initiated_by_source",
        "f.initiated_by_source",
        "Of them, those that the source initiated, alone or with the target.",
    ),
    (
        "initiated_by_target",
        "f.initiated_by_target",
        "Of them, those that the target initiated, alone or with the source.",
    ),
    (
        "travelled_by_source",
        "f.travelled_by_source",
        "Of them, those for which the source travelled, as visitor or envoy.",
    ),
    ("travelled_by_target", "f.travelled_by_target", "Of them, those for which the target travelled."),
    ("first_day", "f.first_day", "First civil day that is known of any of them."),
    ("last_day", "f.last_day", "Last civil day that is known of any of them."),
]
ENDS = "JOIN public.actor a ON a.actor_id = {0}.ego_id JOIN public.actor b ON b.actor_id = {0}.alter_id"
TRAVELLER = "count(*) FILTER (WHERE string_to_array(d.{}_roles, ',') && ARRAY['visitor', 'envoy'])"
INITIATOR = "count(*) FILTER (WHERE d.initiated_by IN ('{}', 'both'))"
VIEWS = (
    (
        "contact",
        "Contacts of every status, one row each: who met whom, when, and on how many accounts that rests.",
        CONTACT,
        f"public.contact c WHERE c.retracted_at IS NULL AND {VISIBLE}",
    ),
    (
        "edge",
        "Pairs in contacts of every status: one row for each pair, contact and level. Join to bi.node by level and id.",
        EDGE,
        f"public.edge d {ENDS.format('d')} JOIN public.contact c ON c.contact_id = d.contact_id "
        f"WHERE d.ego_id < d.alter_id AND {clear('d')} AND c.retracted_at IS NULL",
    ),
    (
        "node",
        "Actors, one row for each level at which they are named: every end of every edge is here.",
        NODE,
        f"""(SELECT 'actor' AS level, x.actor_id FROM public.actor x WHERE x.retracted_at IS NULL
            UNION SELECT x.level, x.ego_id FROM public.incidence x WHERE {clear("x")}) n
        JOIN public.actor a ON a.actor_id = n.actor_id
        LEFT JOIN (SELECT x.level, x.ego_id, count(*) AS contacts,
            min({first_day("x.earliest")}) AS first_day, max({last_day("x.latest")}) AS last_day
            FROM public.incidence x WHERE {clear("x")} AND x.status IN {HAPPENED} GROUP BY x.level, x.ego_id) i
            ON i.level = n.level AND i.ego_id = n.actor_id
        LEFT JOIN (SELECT x.level, x.ego_id, count(*) AS counterparts FROM public.tie x WHERE {clear("x")}
            GROUP BY x.level, x.ego_id) t ON t.level = n.level AND t.ego_id = n.actor_id
        LEFT JOIN LATERAL (SELECT y.slug, y.name FROM public.lift x JOIN public.actor y ON y.actor_id = x.unit_id
            WHERE x.actor_id = n.actor_id AND x.level = 'state' AND x.since <= {TODAY} AND x.until > {TODAY}
            ORDER BY x.certain DESC, x.unit_id LIMIT 1) s ON true""",
    ),
    (
        "pair_last_contact",
        "Pairs over all their contacts that took place: how many, when last, silent since how long, and which it was.",
        PAIR,
        f"""public.tie t {ENDS.format("t")}
        LEFT JOIN LATERAL (SELECT x.contact_id, x.kind, x.status FROM public.edge x WHERE x.ego_id = t.ego_id
            AND x.level = t.level AND x.alter_id = t.alter_id AND x.status IN {HAPPENED} AND {clear("x")}
            ORDER BY x.newest DESC, x.earliest DESC, x.contact_id DESC LIMIT 1) l ON true
        WHERE {clear("t")}""",
    ),
    (
        "state_matrix",
        "State by state, over all contacts that took place: each pair from both sides, pairs without any left out.",
        MATRIX,
        f"public.tie t {ENDS.format('t')} WHERE t.level = 'state' AND {clear('t')}",
    ),
    (
        "timeline_day",
        "Contacts by civil day, kind, status and how well they are dated. Days without any are left out.",
        TIMELINE,
        f"public.contact c WHERE c.retracted_at IS NULL AND c.match_earliest < {LAST} AND {VISIBLE} GROUP BY 1, 2, 3, 4, 5",
    ),
    (
        "flow",
        "Pairs by kind over all contacts that took place, for Sankey and chord diagrams: who initiated, who travelled.",
        FLOW,
        f"""(SELECT d.level, d.ego_id, d.alter_id, d.kind, count(*) AS contacts,
            {INITIATOR.format("ego")} AS initiated_by_source, {INITIATOR.format("alter")} AS initiated_by_target,
            {TRAVELLER.format("ego")} AS travelled_by_source, {TRAVELLER.format("alter")} AS travelled_by_target,
            min({first_day("d.earliest")}) AS first_day, max({last_day("d.latest")}) AS last_day
            FROM public.edge d WHERE d.ego_id < d.alter_id AND d.status IN {HAPPENED} AND {clear("d")}
            GROUP BY d.level, d.ego_id, d.alter_id, d.kind) f {ENDS.format("f")}""",
    ),
)


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def made(name, said, columns, source):
    # A barrier: no condition of a reader may look at rows that the view leaves out.
    listed = ",\n    ".join(f"{expression} AS {column}" for column, expression, _ in columns)
    yield (
        f"CREATE VIEW bi.{name} WITH (security_barrier = true, security_invoker = false) AS\n"
        f"SELECT {listed}\nFROM {source};"
    )
    yield f"COMMENT ON VIEW bi.{name} IS {quoted(said)};"
    for column, _, told in columns:
        yield f"COMMENT ON COLUMN bi.{name}.{column} IS {quoted(told)};"


def upgrade() -> None:
    op.execute("CREATE SCHEMA IF NOT EXISTS bi")
    op.execute(
        "COMMENT ON SCHEMA bi IS 'Views for dashboards: scalars only, stable names; readout bi makes their reader.'"
    )
    body = "\n".join(statement for view in VIEWS for statement in made(*view))
    op.get_bind().exec_driver_sql(
        f"CREATE FUNCTION public.make_bi_views() RETURNS void LANGUAGE plpgsql AS $bi$\nBEGIN\n{body}\nEND $bi$"
    )
    op.execute(
        """CREATE FUNCTION public.drop_bi_views() RETURNS void LANGUAGE plpgsql AS $bi$
        DECLARE
            one name;
        BEGIN
            FOR one IN SELECT viewname FROM pg_views WHERE schemaname = 'bi' LOOP
                EXECUTE format('DROP VIEW bi.%I', one);
            END LOOP;
        END $bi$"""
    )
    op.execute("REVOKE ALL ON FUNCTION public.make_bi_views(), public.drop_bi_views() FROM PUBLIC")
    op.execute("SELECT public.make_bi_views()")


def downgrade() -> None:
    op.execute("DROP FUNCTION public.make_bi_views()")
    op.execute("DROP FUNCTION public.drop_bi_views()")
    op.execute("DROP SCHEMA bi CASCADE")
