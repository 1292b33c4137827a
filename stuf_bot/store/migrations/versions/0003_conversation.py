"""Open dialogues, plans that wait for a word, the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0003_conversation"
down_revision = "0002_fleet"
branch_labels = None
depends_on = None

_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables of conversation."""
    op.create_table(
        "dialogues",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("asked_in", sa.Text(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("history", sa.Text(), nullable=False),
        sa.Column("asks", sa.Text()),
        sa.Column("started_at", _moment, nullable=False),
    )
    op.create_index("ix_dialogues_asked", "dialogues", ["person_id", "asked_in"])
    op.create_table(
        "plans",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False, index=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("asked_in", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False, index=True),
        sa.Column("created_at", _moment, nullable=False),
        sa.Column("expires_at", _moment, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", _moment, nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Integer()),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("audit", "plans", "dialogues"):
        op.drop_table(table)
