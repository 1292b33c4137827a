"""What outside events are about, and the rules by which they are told."""

import sqlalchemy as sa
from alembic import op

revision = "0010_relays"
down_revision = "0009_errands"
branch_labels = None
depends_on = None

_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "relay_subjects",
        sa.Column("key", sa.String(300), primary_key=True),
        sa.Column("stuf", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.Column("topic", sa.String(60), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("label_key", sa.String(100), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("said", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("carded", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("card", sa.Text(), nullable=False, server_default=""),
        sa.Column("done", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("serial", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("changed_at", _moment, nullable=False),
    )
    op.create_index("ix_relay_subjects_label", "relay_subjects", ["label_key"])
    op.create_index("ix_relay_subjects_changed", "relay_subjects", ["changed_at"])
    op.create_table(
        "relay_objects",
        sa.Column("key", sa.String(300), primary_key=True),
        sa.Column("stuf", sa.String(32), nullable=False, index=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("changed_at", _moment, nullable=False),
    )
    op.create_index("ix_relay_objects_changed", "relay_objects", ["changed_at"])
    op.create_table(
        "relay_rules",
        sa.Column("id", _id, primary_key=True),
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(8), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("until", _moment),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _moment, nullable=False),
        sa.UniqueConstraint("scope", "number"),
    )
    op.create_table(
        "relay_settings",
        sa.Column("scope", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("batch_seconds", sa.Integer(), nullable=False),
        sa.Column("loud", sa.JSON(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False, server_default="0"),
    )
    op.create_table(
        "relay_traces",
        sa.Column("id", _id, primary_key=True),
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("subject_key", sa.String(300), nullable=False),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", _moment, nullable=False),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_relay_traces_subject", "relay_traces", ["subject_key", "id"])
    op.create_table(
        "relay_waiting",
        sa.Column("id", _id, primary_key=True),
        sa.Column("key", sa.String(300), nullable=False, unique=True),
        sa.Column("scope", sa.String(32), nullable=False),
        sa.Column("subject_key", sa.String(300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("due_at", _moment, nullable=False),
    )
    op.create_index("ix_relay_waiting_due", "relay_waiting", ["due_at"])
    op.create_index("ix_relay_waiting_scope", "relay_waiting", ["scope", "id"])
    op.create_table(
        "relay_accounts",
        sa.Column("service", sa.String(10), primary_key=True),
        sa.Column("account_key", sa.String(100), primary_key=True),
        sa.Column("account", sa.String(100), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.BigInteger(), nullable=False),
        sa.Column("set_at", _moment, nullable=False),
        sa.UniqueConstraint("service", "user_id"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("accounts", "waiting", "traces", "settings", "rules", "objects", "subjects"):
        op.drop_table(f"relay_{table}")
