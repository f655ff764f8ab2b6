"""Records as JSON, built by Postgres: each fragment is the SQL of one wire shape in ``models``.

A list is one statement that returns bytes. The response models stay for OpenAPI, and a test validates these
bytes against them.
"""

from typing import Final

_FIRST: Final = "timestamp '0001-01-01'"
_LAST: Final = "timestamp '9999-12-31'"


def moment(column: str) -> str:
    """Returns civil time as JSON; the sentinels of unknown and open ends are null."""
    return f"nullif(nullif({column}, {_FIRST}), {_LAST})"


def actor_link(alias: str) -> str:
    """Returns models.base.ActorLink of a joined actor row, null when there is none."""
    return (
        f"CASE WHEN {alias}.actor_id IS NULL THEN NULL ELSE json_build_object("
        f"'id', public_id('act', {alias}.actor_id), 'slug', {alias}.slug, 'name', {alias}.name, "
        f"'kind', {alias}.kind) END"
    )


def source_link(alias: str) -> str:
    """Returns models.base.SourceLink of a joined source row, null when there is none."""
    return (
        f"CASE WHEN {alias}.source_id IS NULL THEN NULL ELSE json_build_object("
        f"'id', public_id('src', {alias}.source_id), 'slug', {alias}.slug, 'title', {alias}.title, "
        f"'kind', {alias}.kind) END"
    )


def contact_link(alias: str) -> str:
    """Returns models.base.ContactLink of a joined contact row, null when there is none."""
    return (
        f"CASE WHEN {alias}.contact_id IS NULL THEN NULL ELSE json_build_object("
        f"'id', public_id('con', {alias}.contact_id), 'kind', {alias}.kind, 'when', {alias}.\"when\") END"
    )


def public_contact(number: str) -> str:
    """Returns models.ties.ContactAt of the contact with this number, null when there is none."""
    return (
        f"(SELECT json_build_object('id', public_id('con', y.contact_id), 'kind', y.kind, 'when', y.\"when\", "
        f"'contact', '/v1/contacts/' || public_id('con', y.contact_id)) FROM contact y WHERE y.contact_id = {number})"
    )


def recorded(alias: str, prefix: str, key: str) -> str:
    """Returns the members of models.base.Recorded."""
    return (
        f"'id', public_id('{prefix}', {alias}.{key}), 'version', {alias}.version, "
        f"'recorded_at', {alias}.recorded_at, 'changed_at', {alias}.changed_at"
    )


def own(alias: str, columns: tuple[str, ...]) -> str:
    """Returns plain columns as members under their own names."""
    return ", ".join(f"'{column}', {alias}.\"{column}\"" for column in columns)


def _participants() -> str:
    fields = own("p", ("role", "side", "initiator", "presence", "level", "name_as_given"))
    return f"""(SELECT json_agg(json_build_object('actor', {actor_link("pa")}, 'capacity', {actor_link("pc")},
        'on_behalf_of', {actor_link("pb")}, {fields}, 'disputed', p.actor_id = ANY(c.disputed_ids)) ORDER BY p.ordinal)
    FROM participant p JOIN actor pa ON pa.actor_id = p.actor_id
    LEFT JOIN actor pc ON pc.actor_id = p.capacity_id
    LEFT JOIN actor pb ON pb.actor_id = p.on_behalf_of_id WHERE p.contact_id = c.contact_id)"""


def _account_actors(aspect: str) -> str:
    return f"""(SELECT coalesce(json_agg({actor_link("n")} ORDER BY n.slug), '[]')
        FROM account_actor x JOIN actor n ON n.actor_id = x.actor_id
        WHERE x.contact_id = a.contact_id AND x.account_id = a.account_id AND x.aspect = '{aspect}')"""


ACCOUNT_COLUMNS: Final = (
    *("stance", "speaker_unnamed", "kind", "when", "duration_minutes", "paraphrase", "credibility"),
    *("list_exhaustive", "parties_met", "original_code", "original_row"),
)
ACCOUNT: Final = f"""json_build_object('id', public_id('acc', a.account_id), {own("a", ACCOUNT_COLUMNS)},
    'source', {source_link("s")}, 'publisher', {actor_link("ap")}, 'publisher_name', s.publisher_name,
    'published', s.published, 'speaker', {actor_link("av")}, 'quoted_from', {source_link("sq")},
    'initiator', {actor_link("ai")}, 'participants', {_account_actors("participant")},
    'denies', {_account_actors("denied")},
    'topics', (SELECT coalesce(json_agg(json_build_object('slug', t.slug, 'label', t.label) ORDER BY t.slug), '[]')
        FROM account_topic x JOIN topic t USING (topic_id)
        WHERE x.contact_id = a.contact_id AND x.account_id = a.account_id),
    'decides', (SELECT k.decided_by @> to_jsonb(a.account_id) FROM contact k WHERE k.contact_id = a.contact_id),
    'recorded_at', a.recorded_at, 'withdrawn_at', a.withdrawn_at, 'withdrawal_reason', a.withdrawal_reason)"""
ACCOUNT_JOINS: Final = """account a JOIN source s ON s.source_id = a.source_id
    LEFT JOIN actor ap ON ap.actor_id = s.publisher_id
    LEFT JOIN actor av ON av.actor_id = coalesce(a.speaker_id, s.publisher_id)
    LEFT JOIN actor ai ON ai.actor_id = a.initiator_id
    LEFT JOIN source sq ON sq.source_id = a.quoted_from_id"""
_ACCOUNTS: Final = f"""(SELECT json_agg({ACCOUNT} ORDER BY a.account_id) FROM {ACCOUNT_JOINS}
    WHERE a.contact_id = c.contact_id)"""


def commitment_actors(aspect: str) -> str:
    """Returns the list of models.base.ActorLink of who stands in a commitment ``m`` as ``by`` or ``to``."""
    return f"""(SELECT coalesce(json_agg({actor_link("n")} ORDER BY n.slug), '[]')
        FROM commitment_actor x JOIN actor n ON n.actor_id = x.actor_id
        WHERE x.contact_id = m.contact_id AND x.commitment_id = m.commitment_id AND x.aspect = '{aspect}')"""


_COMMITMENTS: Final = f"""(SELECT coalesce(json_agg(json_build_object('id', public_id('com', m.commitment_id),
    'text', m.text, 'due', m.due, 'outcome', m.outcome, 'by', {commitment_actors("by")},
    'to', {commitment_actors("to")}, 'follow_up', {contact_link("f")},
    'accounts', (SELECT coalesce(json_agg(public_id('acc', x.account_id) ORDER BY x.account_id), '[]')
        FROM commitment_account x WHERE x.contact_id = m.contact_id AND x.commitment_id = m.commitment_id)
    ) ORDER BY m.commitment_id), '[]')
    FROM commitment m LEFT JOIN contact f ON f.contact_id = m.follow_up_id
    WHERE m.contact_id = c.contact_id AND m.retracted_at IS NULL)"""

_SEEN_FROM_THERE: Final = """CASE r.relation WHEN 'prepared_by' THEN 'prepares' WHEN 'follows' THEN 'followed_by'
    ELSE r.relation END"""
INCLUDED: Final = {
    "accounts": _ACCOUNTS,
    "commitments": _COMMITMENTS,
    "identifiers": """(SELECT coalesce(json_agg(json_build_object('scheme', i.scheme, 'value', i.value)
        ORDER BY i.scheme, i.value), '[]') FROM contact_identifier i WHERE i.contact_id = c.contact_id)""",
    "parts": f"""(SELECT coalesce(json_agg({contact_link("k")} ORDER BY k.oldest, k.contact_id), '[]')
        FROM contact k WHERE k.part_of_id = c.contact_id AND k.retracted_at IS NULL)""",
    "related": f"""(SELECT coalesce(json_agg(json_build_object('relation', x.seen, 'contact', {contact_link("k")})
        ORDER BY k.oldest, k.contact_id, x.seen), '[]')
        FROM (SELECT r.relation AS seen, r.other_id AS there FROM contact_relation r WHERE r.contact_id = c.contact_id
            UNION SELECT {_SEEN_FROM_THERE}, r.contact_id FROM contact_relation r WHERE r.other_id = c.contact_id) x
        JOIN contact k ON k.contact_id = x.there WHERE k.retracted_at IS NULL)""",
    "follows": """(SELECT coalesce(json_object_agg(key, public_id('acc', value::bigint)), '{}')
        FROM jsonb_each_text(c.follows))""",
}
CONTACT_COLUMNS: Final = (
    *("kind", "when", "date_basis", "medium", "protocol", "track", "talks"),
    *("duration_minutes", "place", "summary", "status"),
)


def contact(include: tuple[str, ...] = ()) -> str:
    """Returns models.contacts.ContactOut of a row ``c`` with the parts asked for."""
    parts = "".join(f", '{name}', {INCLUDED[name]}" for name in include)
    return f"""json_build_object({recorded("c", "con", "contact_id")}, {own("c", CONTACT_COLUMNS)},
    'earliest', {moment("c.earliest")}, 'latest', {moment("c.latest")},
    'known', json_build_object('computed_status', c.computed_status, 'contested', c.contested,
        'decided_by', (SELECT coalesce(json_agg(public_id('acc', d::bigint)), '[]')
            FROM jsonb_array_elements_text(c.decided_by) d),
        'ruling', c.ruling, 'ruling_reason', c.ruling_reason,
        'ruled_at', c.ruled_at, 'ruled_by', public_id('key', c.ruled_by_id)),
    'participants', {_participants()},
    'topics', (SELECT coalesce(json_agg(json_build_object('slug', t.slug, 'label', t.label) ORDER BY t.slug), '[]')
        FROM contact_topic x JOIN topic t USING (topic_id) WHERE x.contact_id = c.contact_id),
    'episodes', (SELECT coalesce(json_agg(json_build_object('slug', e.slug, 'name', e.name) ORDER BY e.slug), '[]')
        FROM contact_episode x JOIN episode e USING (episode_id) WHERE x.contact_id = c.contact_id),
    'part_of', (SELECT {contact_link("w")} FROM contact w WHERE w.contact_id = c.part_of_id),
    'account_count', (SELECT count(*) FROM account a WHERE a.contact_id = c.contact_id AND a.withdrawn_at IS NULL),
    'links', json_build_object('self', '/v1/contacts/' || public_id('con', c.contact_id),
        'accounts', '/v1/contacts/' || public_id('con', c.contact_id) || '/accounts',
        'edges', '/v1/edges?contact=' || public_id('con', c.contact_id)){parts})"""


ACTOR: Final = f"""json_build_object({recorded("a", "act", "actor_id")}, 'slug', a.slug,
    {own("a", ("kind", "name", "organisation_type", "provisional", "description"))},
    'names', (SELECT json_agg(json_build_object('name', n.name, 'kind', n.kind, 'lang', n.lang, 'script', n.script)
        ORDER BY n.ordinal) FROM actor_name n WHERE n.actor_id = a.actor_id),
    'identifiers', (SELECT coalesce(json_agg(json_build_object('scheme', i.scheme, 'value', i.value)
        ORDER BY i.scheme, i.value), '[]') FROM actor_identifier i WHERE i.actor_id = a.actor_id),
    'links', json_build_object('self', '/v1/actors/' || a.slug, 'contacts', '/v1/contacts?actor=' || a.slug,
        'counterparts', '/v1/actors/' || a.slug || '/counterparts',
        'affiliations', '/v1/actors/' || a.slug || '/affiliations',
        'designations', '/v1/actors/' || a.slug || '/designations'))"""
TENURE_COLUMNS: Final = ("since", "until", "note")
AFFILIATION: Final = f"""json_build_object({recorded("f", "aff", "affiliation_id")},
    {own("f", ("relation", "title", *TENURE_COLUMNS))},
    'actor', (SELECT {actor_link("x")} FROM actor x WHERE x.actor_id = f.actor_id),
    'target', (SELECT {actor_link("x")} FROM actor x WHERE x.actor_id = f.target_id))"""
DESIGNATION: Final = f"""json_build_object({recorded("g", "dsg", "designation_id")},
    {own("g", ("list", "authority", *TENURE_COLUMNS))},
    'actor', (SELECT {actor_link("x")} FROM actor x WHERE x.actor_id = g.actor_id))"""
COVERAGE: Final = f"""json_build_object({recorded("v", "cov", "coverage_id")}, {own("v", TENURE_COLUMNS)},
    'publisher', (SELECT {actor_link("x")} FROM actor x WHERE x.actor_id = v.publisher_id))"""
_DISMISSED: Final = "public_id(CASE q.noun WHEN 'actor' THEN 'act' ELSE 'con' END, q.{}_id)"
_FIRST_ONE, _SECOND_ONE = (_DISMISSED.format(end) for end in ("first", "second"))
DISMISSAL: Final = f"""json_build_object({recorded("q", "dms", "dismissal_id")}, 'reason', q.reason,
    'of', q.noun || 's', 'pair', json_build_array({_FIRST_ONE}, {_SECOND_ONE}),
    'decided_by', public_id('key', q.decided_by_id),
    'links', json_build_object('self', '/v1/dismissals/' || public_id('dms', q.dismissal_id),
        'first', '/v1/' || q.noun || 's/' || {_FIRST_ONE}, 'second', '/v1/' || q.noun || 's/' || {_SECOND_ONE}))"""
SOURCE_COLUMNS: Final = (
    *("kind", "title", "publisher_name", "url", "archived_url", "language", "published", "updated"),
    *("retrieved", "sha256", "reliability", "note", "slug"),
)
SOURCE: Final = f"""json_build_object({recorded("s", "src", "source_id")}, {own("s", SOURCE_COLUMNS)},
    'publisher', (SELECT {actor_link("x")} FROM actor x WHERE x.actor_id = s.publisher_id),
    'supersedes', (SELECT {source_link("x")} FROM source x WHERE x.source_id = s.supersedes_id))"""
TOPIC: Final = f"""json_build_object({recorded("t", "top", "topic_id")}, {own("t", ("slug", "label", "description"))},
    'broader', (SELECT json_build_object('slug', x.slug, 'label', x.label)
        FROM topic x WHERE x.topic_id = t.broader_id))"""
EPISODE: Final = f"""json_build_object({recorded("e", "epi", "episode_id")},
    {own("e", ("slug", "name", "description", "since", "until"))})"""
