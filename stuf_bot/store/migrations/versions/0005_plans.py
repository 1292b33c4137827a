"""How a plan is confirmed and where it is shown; lines that a thumb runs."""

import sqlalchemy as sa
from alembic import op

revision = "0005_plans"
down_revision = "0004_audit"
branch_labels = None
depends_on = None

_ADDED = {
    "shown_in": sa.Text,
    "way": sa.String,
    "title": sa.Text,
    "stuf": sa.String,
    "cause": sa.Text,
}


def upgrade() -> None:
    """Plans of before are good for minutes only: they end here."""
    op.execute("DELETE FROM plans")
    with op.batch_alter_table("plans") as plans:
        for name, kind in _ADDED.items():
            plans.add_column(sa.Column(name, kind(), nullable=False))
    op.create_table(
        "offers",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False, index=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("offers")
    with op.batch_alter_table("plans") as plans:
        for name in _ADDED:
            plans.drop_column(name)
