"""Deliveries that are kept to be looked at and replayed."""

revision = "0011_deliveries"
down_revision = "0010_relays"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
