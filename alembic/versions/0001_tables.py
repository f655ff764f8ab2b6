"""The tables, without foreign keys: a projection never has any, and a sharded table takes them later."""

import secrets

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PUBLIC_ID = """
CREATE FUNCTION public_id(prefix text, number bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT prefix || '_' || to_hex(
    (number & ~2147483647::bigint)
    | ((
        (((number & 2147483647) * {first}) & 2147483647)
        # ((((number & 2147483647) * {first}) & 2147483647) >> 16)
    ) * {second} & 2147483647)
)
$$
"""


def make_public_ids() -> None:
    """Draws this database's key and bakes it into the function, so that it can be inlined into any query."""
    first, second = (secrets.randbits(31) | 1 for _ in range(2))
    op.execute(PUBLIC_ID.format(first=first, second=second))
    op.execute(f"INSERT INTO instance (instance_id, id_first, id_second) VALUES (1, {first}, {second})")


def upgrade() -> None:
    op.execute("CREATE SEQUENCE account_id_seq AS bigint")
    op.execute("CREATE SEQUENCE actor_id_seq AS bigint")
    op.execute("CREATE SEQUENCE affiliation_id_seq AS bigint")
    op.execute("CREATE SEQUENCE api_key_id_seq AS bigint")
    op.execute("CREATE SEQUENCE commitment_id_seq AS bigint")
    op.execute("CREATE SEQUENCE contact_id_seq AS bigint")
    op.execute("CREATE SEQUENCE designation_id_seq AS bigint")
    op.execute("CREATE SEQUENCE episode_id_seq AS bigint")
    op.execute("CREATE SEQUENCE revision_id_seq AS bigint")
    op.execute("CREATE SEQUENCE source_id_seq AS bigint")
    op.execute("CREATE SEQUENCE topic_id_seq AS bigint")
    op.create_table(
        "account",
        sa.Column("stance", sa.Text(), nullable=False),
        sa.Column("speaker_unnamed", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("when", sa.Text(), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("paraphrase", sa.Text(), nullable=True),
        sa.Column("credibility", sa.Integer(), nullable=True),
        sa.Column("list_exhaustive", sa.Boolean(), nullable=True),
        sa.Column("parties_met", sa.Boolean(), nullable=True),
        sa.Column("original_code", sa.Text(), nullable=True),
        sa.Column("original_row", sa.Text(), nullable=True),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "account_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('account_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("speaker_id", sa.BigInteger(), nullable=True),
        sa.Column("quoted_from_id", sa.BigInteger(), nullable=True),
        sa.Column("initiator_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IS NULL OR kind IN ('call', 'conversation', 'meeting', 'visit', 'mission', 'negotiation', 'mediation', 'message', 'summons', 'gathering', 'engagement')",
            name="account_kind",
        ),
        sa.CheckConstraint(
            "stance IN ('affirms', 'denies', 'announces', 'requests', 'declines', 'postpones', 'cancels')",
            name="account_stance",
        ),
        sa.CheckConstraint("credibility BETWEEN 1 AND 6", name="account_credibility"),
        sa.PrimaryKeyConstraint("contact_id", "account_id"),
    )
    op.create_index("account_source_idx", "account", ["source_id", "contact_id"], unique=False)
    op.create_index("account_speaker_idx", "account", ["speaker_id"], unique=False)
    op.create_table(
        "account_actor",
        sa.Column("contact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("aspect", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("aspect IN ('participant', 'denied')", name="account_actor_aspect"),
        sa.PrimaryKeyConstraint("contact_id", "account_id", "aspect", "actor_id"),
    )
    op.create_index("account_actor_actor_idx", "account_actor", ["actor_id"], unique=False)
    op.create_table(
        "account_topic",
        sa.Column("contact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topic_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "account_id", "topic_id"),
    )
    op.create_table(
        "actor",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retraction_reason", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("organisation_type", sa.Text(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column(
            "actor_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('actor_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("folded", sa.Text(collation="C"), nullable=False),
        sa.Column("keys", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("merged_into_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('person', 'office', 'organisation', 'state', 'group')", name="actor_kind"),
        sa.CheckConstraint(
            "organisation_type IS NULL OR kind = 'organisation' AND organisation_type IN ('government', 'ministry', 'alliance', 'igo', 'armed_group', 'party', 'media', 'company', 'ngo', 'other')",
            name="actor_organisation_type",
        ),
        sa.PrimaryKeyConstraint("actor_id"),
        sa.UniqueConstraint("slug", name="actor_slug_key"),
    )
    op.create_index("actor_keys_idx", "actor", ["keys"], unique=False, postgresql_using="gin")
    op.create_index("actor_name_idx", "actor", ["folded", "actor_id"], unique=False)
    op.create_table(
        "actor_identifier",
        sa.Column("scheme", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.Text(collation="C"), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scheme", "value"),
    )
    op.create_index("actor_identifier_actor_idx", "actor_identifier", ["actor_id"], unique=False)
    op.create_table(
        "actor_name",
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=True),
        sa.Column("script", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("folded", sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('primary', 'alias', 'former', 'transliteration', 'acronym')", name="actor_name_kind"
        ),
        sa.PrimaryKeyConstraint("actor_id", "ordinal"),
    )
    op.create_index("actor_name_folded_idx", "actor_name", ["folded", "actor_id"], unique=False)
    op.create_table(
        "affiliation",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retraction_reason", sa.Text(), nullable=True),
        sa.Column("start_earliest", sa.DateTime(), nullable=False),
        sa.Column("start_latest", sa.DateTime(), nullable=False),
        sa.Column("end_earliest", sa.DateTime(), nullable=False),
        sa.Column("end_latest", sa.DateTime(), nullable=False),
        sa.Column("since", sa.Text(), nullable=True),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "affiliation_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('affiliation_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "relation IN ('holds', 'belongs_to', 'part_of', 'member_of', 'controls')",
            name="affiliation_relation",
        ),
        sa.CheckConstraint("actor_id <> target_id", name="affiliation_not_to_itself"),
        sa.CheckConstraint("start_earliest < end_latest", name="affiliation_starts_before_it_ends"),
        sa.PrimaryKeyConstraint("affiliation_id"),
    )
    op.create_index("affiliation_actor_idx", "affiliation", ["actor_id"], unique=False)
    op.create_index("affiliation_target_idx", "affiliation", ["target_id"], unique=False)
    op.create_table(
        "api_key",
        sa.Column(
            "key_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('api_key_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("name_token", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scopes <@ ARRAY['read', 'write', 'admin']", name="api_key_scopes"),
        sa.PrimaryKeyConstraint("key_id"),
        sa.UniqueConstraint("name_token", name="api_key_name_token_key"),
    )
    op.create_table(
        "commitment",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retraction_reason", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Integer(), nullable=True),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "commitment_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('commitment_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("follow_up_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("outcome BETWEEN -1 AND 1", name="commitment_outcome"),
        sa.PrimaryKeyConstraint("contact_id", "commitment_id"),
    )
    op.create_index("commitment_follow_up_idx", "commitment", ["follow_up_id"], unique=False)
    op.create_table(
        "commitment_account",
        sa.Column("contact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("commitment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "commitment_id", "account_id"),
    )
    op.create_table(
        "commitment_actor",
        sa.Column("contact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("commitment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("aspect", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("aspect IN ('by', 'to')", name="commitment_actor_aspect"),
        sa.PrimaryKeyConstraint("contact_id", "commitment_id", "aspect", "actor_id"),
    )
    op.create_index("commitment_actor_actor_idx", "commitment_actor", ["actor_id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retraction_reason", sa.Text(), nullable=True),
        sa.Column("earliest", sa.DateTime(), nullable=False),
        sa.Column("latest", sa.DateTime(), nullable=False),
        sa.Column("match_earliest", sa.DateTime(), nullable=False),
        sa.Column("match_latest", sa.DateTime(), nullable=False),
        sa.Column("newest", sa.DateTime(), nullable=False),
        sa.Column("oldest", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("when", sa.Text(), nullable=True),
        sa.Column("date_basis", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=True),
        sa.Column("protocol", sa.Text(), nullable=True),
        sa.Column("track", sa.Text(), nullable=True),
        sa.Column("talks", sa.Text(), nullable=True),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column(
            "contact_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('contact_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("computed_status", sa.Text(), nullable=False),
        sa.Column("contested", sa.Boolean(), nullable=False),
        sa.Column("decided_by", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ruling", sa.Text(), nullable=True),
        sa.Column("ruling_reason", sa.Text(), nullable=True),
        sa.Column("follows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("part_of_id", sa.BigInteger(), nullable=True),
        sa.Column("offset_minutes", sa.Integer(), nullable=True),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("search", postgresql.TSVECTOR(), nullable=True),
        sa.CheckConstraint(
            "computed_status IN ('disputed', 'confirmed', 'acknowledged', 'reported', 'denied', 'planned', 'requested', 'declined', 'postponed', 'cancelled', 'unsettled', 'did_not_happen')",
            name="contact_computed_status",
        ),
        sa.CheckConstraint("date_basis IN ('stated', 'inferred')", name="contact_date_basis"),
        sa.CheckConstraint(
            "kind IN ('call', 'conversation', 'meeting', 'visit', 'mission', 'negotiation', 'mediation', 'message', 'summons', 'gathering', 'engagement')",
            name="contact_kind",
        ),
        sa.CheckConstraint(
            "medium IS NULL OR medium IN ('telephone', 'video', 'hotline', 'other')", name="contact_medium"
        ),
        sa.CheckConstraint(
            "protocol IS NULL OR protocol IN ('state', 'official', 'official_working', 'working', 'private', 'informal', 'transit')",
            name="contact_protocol",
        ),
        sa.CheckConstraint(
            "ruling IS NULL OR ruling IN ('disputed', 'confirmed', 'acknowledged', 'reported', 'denied', 'planned', 'requested', 'declined', 'postponed', 'cancelled', 'unsettled', 'did_not_happen')",
            name="contact_ruling",
        ),
        sa.CheckConstraint(
            "status IN ('disputed', 'confirmed', 'acknowledged', 'reported', 'denied', 'planned', 'requested', 'declined', 'postponed', 'cancelled', 'unsettled', 'did_not_happen')",
            name="contact_status",
        ),
        sa.CheckConstraint("talks IS NULL OR talks IN ('direct', 'proximity')", name="contact_talks"),
        sa.CheckConstraint("track IS NULL OR track IN ('1', '1.5', '2')", name="contact_track"),
        sa.CheckConstraint("earliest < latest", name="contact_bounds"),
        sa.CheckConstraint("part_of_id <> contact_id", name="contact_not_part_of_itself"),
        sa.PrimaryKeyConstraint("contact_id"),
    )
    op.create_index(
        "contact_newest_idx",
        "contact",
        ["newest", "contact_id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "contact_oldest_idx",
        "contact",
        ["oldest", "contact_id"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.create_index(
        "contact_part_of_idx",
        "contact",
        ["part_of_id"],
        unique=False,
        postgresql_where=sa.text("part_of_id IS NOT NULL"),
    )
    op.create_index("contact_search_idx", "contact", ["search"], unique=False, postgresql_using="gin")
    op.create_table(
        "contact_episode",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("episode_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "episode_id"),
    )
    op.create_index("contact_episode_episode_idx", "contact_episode", ["episode_id", "contact_id"], unique=False)
    op.create_table(
        "contact_identifier",
        sa.Column("scheme", sa.Text(collation="C"), nullable=False),
        sa.Column("value", sa.Text(collation="C"), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scheme", "value"),
    )
    op.create_index("contact_identifier_contact_idx", "contact_identifier", ["contact_id"], unique=False)
    op.create_table(
        "contact_topic",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("topic_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "topic_id"),
    )
    op.create_index("contact_topic_topic_idx", "contact_topic", ["topic_id", "contact_id"], unique=False)
    op.create_table(
        "designation",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retraction_reason", sa.Text(), nullable=True),
        sa.Column("start_earliest", sa.DateTime(), nullable=False),
        sa.Column("start_latest", sa.DateTime(), nullable=False),
        sa.Column("end_earliest", sa.DateTime(), nullable=False),
        sa.Column("end_latest", sa.DateTime(), nullable=False),
        sa.Column("since", sa.Text(), nullable=True),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "designation_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('designation_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("start_earliest < end_latest", name="designation_starts_before_it_ends"),
        sa.PrimaryKeyConstraint("designation_id"),
    )
    op.create_index("designation_actor_idx", "designation", ["actor_id"], unique=False)
    op.create_table(
        "edge",
        sa.Column("clear_from", sa.SmallInteger(), server_default=sa.text("0"), autoincrement=False, nullable=False),
        sa.Column("clear_until", sa.SmallInteger(), server_default=sa.text("32767"), nullable=False),
        sa.Column("known_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("earliest", sa.DateTime(), nullable=False),
        sa.Column("latest", sa.DateTime(), nullable=False),
        sa.Column("match_earliest", sa.DateTime(), nullable=False),
        sa.Column("match_latest", sa.DateTime(), nullable=False),
        sa.Column("newest", sa.DateTime(), nullable=False),
        sa.Column("oldest", sa.DateTime(), nullable=False),
        sa.Column("ego_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("alter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Text(collation="C"), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("ego_roles", sa.Text(), nullable=False),
        sa.Column("alter_roles", sa.Text(), nullable=False),
        sa.Column("initiated_by", sa.Text(), nullable=True),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("represented", sa.Boolean(), nullable=False),
        sa.CheckConstraint("level IN ('actor', 'state')", name="edge_level"),
        sa.CheckConstraint("ego_id <> alter_id", name="edge_not_to_itself"),
        sa.PrimaryKeyConstraint("clear_from", "ego_id", "alter_id", "level", "contact_id"),
    )
    op.create_index("edge_contact_idx", "edge", ["contact_id"], unique=False)
    op.create_index(
        "edge_newest_idx",
        "edge",
        ["level", "newest", "contact_id"],
        unique=False,
        postgresql_where=sa.text("ego_id < alter_id"),
    )
    op.create_index(
        "edge_pair_idx",
        "edge",
        ["ego_id", "level", "alter_id", "newest", "contact_id"],
        unique=False,
        postgresql_include=["status", "kind"],
    )
    op.create_table(
        "episode",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retraction_reason", sa.Text(), nullable=True),
        sa.Column("start_earliest", sa.DateTime(), nullable=False),
        sa.Column("start_latest", sa.DateTime(), nullable=False),
        sa.Column("end_earliest", sa.DateTime(), nullable=False),
        sa.Column("end_latest", sa.DateTime(), nullable=False),
        sa.Column("since", sa.Text(), nullable=True),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column(
            "episode_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('episode_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.CheckConstraint("start_earliest < end_latest", name="episode_starts_before_it_ends"),
        sa.PrimaryKeyConstraint("episode_id"),
        sa.UniqueConstraint("slug", name="episode_slug_key"),
    )
    op.create_table(
        "history",
        sa.Column("revision_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("noun", sa.Text(collation="C"), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "action IN ('create', 'change', 'retract', 'restore', 'merge', 'erase')", name="history_action"
        ),
        sa.PrimaryKeyConstraint("revision_id", "ordinal"),
    )
    op.create_index("history_record_idx", "history", ["noun", "record_id", "revision_id"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("key_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("idempotency_key", sa.Text(collation="C"), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "idempotency_key"),
    )
    op.create_index("idempotency_stored_idx", "idempotency", ["stored_at"], unique=False)
    op.create_table(
        "incidence",
        sa.Column("clear_from", sa.SmallInteger(), server_default=sa.text("0"), autoincrement=False, nullable=False),
        sa.Column("clear_until", sa.SmallInteger(), server_default=sa.text("32767"), nullable=False),
        sa.Column("known_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("earliest", sa.DateTime(), nullable=False),
        sa.Column("latest", sa.DateTime(), nullable=False),
        sa.Column("match_earliest", sa.DateTime(), nullable=False),
        sa.Column("match_latest", sa.DateTime(), nullable=False),
        sa.Column("newest", sa.DateTime(), nullable=False),
        sa.Column("oldest", sa.DateTime(), nullable=False),
        sa.Column("ego_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Text(collation="C"), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("represented", sa.Boolean(), nullable=False),
        sa.Column("wide", sa.Boolean(), nullable=False),
        sa.CheckConstraint("level IN ('actor', 'state')", name="incidence_level"),
        sa.PrimaryKeyConstraint("clear_from", "ego_id", "level", "contact_id"),
    )
    op.create_index("incidence_contact_idx", "incidence", ["contact_id"], unique=False)
    op.create_index(
        "incidence_wide_idx",
        "incidence",
        ["ego_id", "level", "contact_id"],
        unique=False,
        postgresql_where=sa.text("wide"),
    )
    op.create_index(
        "incidence_newest_idx",
        "incidence",
        ["ego_id", "level", "newest", "contact_id"],
        unique=False,
        postgresql_include=["status", "kind"],
    )
    op.create_table(
        "instance",
        sa.Column("instance_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id_first", sa.BigInteger(), nullable=False),
        sa.Column("id_second", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("instance_id = 1", name="instance_only_one"),
        sa.PrimaryKeyConstraint("instance_id"),
    )
    op.create_table(
        "lift",
        sa.Column("actor_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Text(collation="C"), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("ambiguous", sa.Boolean(), nullable=False),
        sa.CheckConstraint("level IN ('actor', 'office', 'organisation', 'state')", name="lift_level"),
        sa.PrimaryKeyConstraint("actor_id", "level", "unit_id", "since"),
    )
    op.create_index("lift_unit_idx", "lift", ["unit_id", "level"], unique=False)
    op.create_table(
        "participant",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=True),
        sa.Column("initiator", sa.Boolean(), nullable=True),
        sa.Column("presence", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("name_as_given", sa.Text(), nullable=True),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("capacity_id", sa.BigInteger(), nullable=True),
        sa.Column("on_behalf_of_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "standing_id",
            sa.BigInteger(),
            sa.Computed("coalesce(on_behalf_of_id, capacity_id, actor_id)", persisted=True),
            nullable=True,
        ),
        sa.CheckConstraint(
            "level IS NULL OR level IN ('head_of_state', 'head_of_government', 'minister', 'deputy_minister', 'ambassador', 'envoy', 'senior_official', 'official', 'other')",
            name="participant_level",
        ),
        sa.CheckConstraint(
            "presence IS NULL OR presence IN ('in_person', 'remote', 'represented')",
            name="participant_presence",
        ),
        sa.CheckConstraint(
            "role IN ('principal', 'delegate', 'visitor', 'host', 'envoy', 'mediator', 'party', 'sender', 'recipient', 'venue', 'interpreter', 'note_taker', 'observer')",
            name="participant_role",
        ),
        sa.PrimaryKeyConstraint("contact_id", "ordinal"),
        sa.UniqueConstraint("contact_id", "actor_id", name="participant_actor_once"),
    )
    op.create_index("participant_actor_idx", "participant", ["actor_id", "contact_id"], unique=False)
    op.create_index("participant_standing_idx", "participant", ["standing_id", "contact_id"], unique=False)
    op.create_table(
        "revision",
        sa.Column(
            "revision_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('revision_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("revision_id"),
    )
    op.create_table(
        "source",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retraction_reason", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("publisher_name", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("archived_url", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("published", sa.Text(), nullable=True),
        sa.Column("updated", sa.Text(), nullable=True),
        sa.Column("retrieved", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("reliability", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "source_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('source_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("slug", sa.Text(collation="C"), nullable=True),
        sa.Column("publisher_id", sa.BigInteger(), nullable=True),
        sa.Column("supersedes_id", sa.BigInteger(), nullable=True),
        sa.Column("published_earliest", sa.DateTime(), nullable=True),
        sa.Column("published_latest", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('readout', 'remarks', 'press_report', 'dataset', 'internal_note', 'other')",
            name="source_kind",
        ),
        sa.CheckConstraint(
            "reliability IS NULL OR reliability IN ('A', 'B', 'C', 'D', 'E', 'F')", name="source_reliability"
        ),
        sa.CheckConstraint("supersedes_id <> source_id", name="source_not_after_itself"),
        sa.PrimaryKeyConstraint("source_id"),
        sa.UniqueConstraint("slug", name="source_slug_key"),
    )
    op.create_index("source_publisher_idx", "source", ["publisher_id"], unique=False)
    op.create_index("source_supersedes_idx", "source", ["supersedes_id"], unique=False)
    op.create_table(
        "tie",
        sa.Column("clear_from", sa.SmallInteger(), server_default=sa.text("0"), autoincrement=False, nullable=False),
        sa.Column("clear_until", sa.SmallInteger(), server_default=sa.text("32767"), nullable=False),
        sa.Column("known_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ego_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("alter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Text(collation="C"), nullable=False),
        sa.Column("contacts", sa.BigInteger(), nullable=False),
        sa.Column("by_kind", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("initiated_by_ego", sa.BigInteger(), nullable=False),
        sa.Column("initiated_by_alter", sa.BigInteger(), nullable=False),
        sa.Column("uncertain", sa.BigInteger(), nullable=False),
        sa.Column("first_earliest", sa.DateTime(), nullable=False),
        sa.Column("first_latest", sa.DateTime(), nullable=False),
        sa.Column("last_earliest", sa.DateTime(), nullable=False),
        sa.Column("last_latest", sa.DateTime(), nullable=False),
        sa.CheckConstraint("level IN ('actor', 'state')", name="tie_level"),
        sa.CheckConstraint("cardinality(by_kind) = 10", name="tie_by_kind"),
        sa.CheckConstraint("contacts > 0", name="tie_counts"),
        sa.PrimaryKeyConstraint("clear_from", "ego_id", "alter_id", "level"),
    )
    op.create_index("tie_contacts_idx", "tie", ["ego_id", "level", "contacts", "alter_id"], unique=False)
    op.create_index("tie_last_idx", "tie", ["ego_id", "level", "last_latest", "alter_id"], unique=False)
    op.create_table(
        "topic",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retraction_reason", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column(
            "topic_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('topic_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("slug", sa.Text(collation="C"), nullable=False),
        sa.Column("broader_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("broader_id <> topic_id", name="topic_not_broader_than_itself"),
        sa.PrimaryKeyConstraint("topic_id"),
        sa.UniqueConstraint("slug", name="topic_slug_key"),
    )

    make_public_ids()


def downgrade() -> None:
    op.execute("DROP FUNCTION public_id(text, bigint)")
    op.drop_table("topic")
    op.drop_table("tie")
    op.drop_table("source")
    op.drop_table("revision")
    op.drop_table("participant")
    op.drop_table("lift")
    op.drop_table("instance")
    op.drop_table("incidence")
    op.drop_table("idempotency")
    op.drop_table("history")
    op.drop_table("episode")
    op.drop_table("edge")
    op.drop_table("designation")
    op.drop_table("contact_topic")
    op.drop_table("contact_identifier")
    op.drop_table("contact_episode")
    op.drop_table("contact")
    op.drop_table("commitment_actor")
    op.drop_table("commitment_account")
    op.drop_table("commitment")
    op.drop_table("api_key")
    op.drop_table("affiliation")
    op.drop_table("actor_name")
    op.drop_table("actor_identifier")
    op.drop_table("actor")
    op.drop_table("account_topic")
    op.drop_table("account_actor")
    op.drop_table("account")
    op.execute("DROP SEQUENCE account_id_seq")
    op.execute("DROP SEQUENCE actor_id_seq")
    op.execute("DROP SEQUENCE affiliation_id_seq")
    op.execute("DROP SEQUENCE api_key_id_seq")
    op.execute("DROP SEQUENCE commitment_id_seq")
    op.execute("DROP SEQUENCE contact_id_seq")
    op.execute("DROP SEQUENCE designation_id_seq")
    op.execute("DROP SEQUENCE episode_id_seq")
    op.execute("DROP SEQUENCE revision_id_seq")
    op.execute("DROP SEQUENCE source_id_seq")
    op.execute("DROP SEQUENCE topic_id_seq")
