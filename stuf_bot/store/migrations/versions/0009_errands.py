"""Durable calls to outside services."""

revision = "0009_errands"
down_revision = "0008_architects"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
