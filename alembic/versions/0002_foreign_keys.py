"""Foreign keys among the records; none from a projection."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_foreign_key("account_initiator_fkey", "account", "actor", ["initiator_id"], ["actor_id"])
    op.create_foreign_key("account_speaker_fkey", "account", "actor", ["speaker_id"], ["actor_id"])
    op.create_foreign_key("account_source_fkey", "account", "source", ["source_id"], ["source_id"])
    op.create_foreign_key("account_quoted_fkey", "account", "source", ["quoted_from_id"], ["source_id"])
    op.create_foreign_key("account_contact_fkey", "account", "contact", ["contact_id"], ["contact_id"])
    op.create_foreign_key("account_actor_actor_fkey", "account_actor", "actor", ["actor_id"], ["actor_id"])
    op.create_foreign_key("account_topic_topic_fkey", "account_topic", "topic", ["topic_id"], ["topic_id"])
    op.create_foreign_key("actor_merged_into_fkey", "actor", "actor", ["merged_into_id"], ["actor_id"])
    op.create_foreign_key("actor_identifier_actor_fkey", "actor_identifier", "actor", ["actor_id"], ["actor_id"])
    op.create_foreign_key("actor_name_actor_fkey", "actor_name", "actor", ["actor_id"], ["actor_id"])
    op.create_foreign_key("affiliation_target_fkey", "affiliation", "actor", ["target_id"], ["actor_id"])
    op.create_foreign_key("affiliation_actor_fkey", "affiliation", "actor", ["actor_id"], ["actor_id"])
    op.create_foreign_key("commitment_contact_fkey", "commitment", "contact", ["contact_id"], ["contact_id"])
    op.create_foreign_key("commitment_follow_up_fkey", "commitment", "contact", ["follow_up_id"], ["contact_id"])
    op.create_foreign_key("commitment_actor_actor_fkey", "commitment_actor", "actor", ["actor_id"], ["actor_id"])
    op.create_foreign_key("contact_part_of_fkey", "contact", "contact", ["part_of_id"], ["contact_id"])
    op.create_foreign_key("contact_episode_contact_fkey", "contact_episode", "contact", ["contact_id"], ["contact_id"])
    op.create_foreign_key("contact_episode_episode_fkey", "contact_episode", "episode", ["episode_id"], ["episode_id"])
    op.create_foreign_key(
        "contact_identifier_contact_fkey", "contact_identifier", "contact", ["contact_id"], ["contact_id"]
    )
    op.create_foreign_key("contact_topic_contact_fkey", "contact_topic", "contact", ["contact_id"], ["contact_id"])
    op.create_foreign_key("contact_topic_topic_fkey", "contact_topic", "topic", ["topic_id"], ["topic_id"])
    op.create_foreign_key("designation_actor_fkey", "designation", "actor", ["actor_id"], ["actor_id"])
    op.create_foreign_key("participant_contact_fkey", "participant", "contact", ["contact_id"], ["contact_id"])
    op.create_foreign_key("participant_actor_fkey", "participant", "actor", ["actor_id"], ["actor_id"])
    op.create_foreign_key("participant_on_behalf_of_fkey", "participant", "actor", ["on_behalf_of_id"], ["actor_id"])
    op.create_foreign_key("participant_capacity_fkey", "participant", "actor", ["capacity_id"], ["actor_id"])
    op.create_foreign_key("source_publisher_fkey", "source", "actor", ["publisher_id"], ["actor_id"])
    op.create_foreign_key("source_supersedes_fkey", "source", "source", ["supersedes_id"], ["source_id"])
    op.create_foreign_key("topic_broader_fkey", "topic", "topic", ["broader_id"], ["topic_id"])


def downgrade() -> None:
    op.drop_constraint("account_initiator_fkey", "account", type_="foreignkey")
    op.drop_constraint("account_speaker_fkey", "account", type_="foreignkey")
    op.drop_constraint("account_source_fkey", "account", type_="foreignkey")
    op.drop_constraint("account_quoted_fkey", "account", type_="foreignkey")
    op.drop_constraint("account_contact_fkey", "account", type_="foreignkey")
    op.drop_constraint("account_actor_actor_fkey", "account_actor", type_="foreignkey")
    op.drop_constraint("account_topic_topic_fkey", "account_topic", type_="foreignkey")
    op.drop_constraint("actor_merged_into_fkey", "actor", type_="foreignkey")
    op.drop_constraint("actor_identifier_actor_fkey", "actor_identifier", type_="foreignkey")
    op.drop_constraint("actor_name_actor_fkey", "actor_name", type_="foreignkey")
    op.drop_constraint("affiliation_target_fkey", "affiliation", type_="foreignkey")
    op.drop_constraint("affiliation_actor_fkey", "affiliation", type_="foreignkey")
    op.drop_constraint("commitment_contact_fkey", "commitment", type_="foreignkey")
    op.drop_constraint("commitment_follow_up_fkey", "commitment", type_="foreignkey")
    op.drop_constraint("commitment_actor_actor_fkey", "commitment_actor", type_="foreignkey")
    op.drop_constraint("contact_part_of_fkey", "contact", type_="foreignkey")
    op.drop_constraint("contact_episode_contact_fkey", "contact_episode", type_="foreignkey")
    op.drop_constraint("contact_episode_episode_fkey", "contact_episode", type_="foreignkey")
    op.drop_constraint("contact_identifier_contact_fkey", "contact_identifier", type_="foreignkey")
    op.drop_constraint("contact_topic_contact_fkey", "contact_topic", type_="foreignkey")
    op.drop_constraint("contact_topic_topic_fkey", "contact_topic", type_="foreignkey")
    op.drop_constraint("designation_actor_fkey", "designation", type_="foreignkey")
    op.drop_constraint("participant_contact_fkey", "participant", type_="foreignkey")
    op.drop_constraint("participant_actor_fkey", "participant", type_="foreignkey")
    op.drop_constraint("participant_on_behalf_of_fkey", "participant", type_="foreignkey")
    op.drop_constraint("participant_capacity_fkey", "participant", type_="foreignkey")
    op.drop_constraint("source_publisher_fkey", "source", type_="foreignkey")
    op.drop_constraint("source_supersedes_fkey", "source", type_="foreignkey")
    op.drop_constraint("topic_broader_fkey", "topic", type_="foreignkey")
