"""One-time codes of people."""

import sqlalchemy as sa
from alembic import op

revision = "0006_codes"
down_revision = "0005_plans"
branch_labels = None
depends_on = None

_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table of enrolments."""
    op.create_table(
        "codes",
        sa.Column("user_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("since", _moment, nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", _moment),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("codes")
