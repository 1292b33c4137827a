"""What outside events are about, and the rules by which they are told."""

revision = "0010_relays"
down_revision = "0009_errands"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
