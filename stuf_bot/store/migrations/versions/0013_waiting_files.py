"""News that waits keeps its files."""

import sqlalchemy as sa
from alembic import op

revision = "0013_waiting_files"
down_revision = "0012_sentry"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Room for them, as JSON."""
    op.add_column("relay_waiting", sa.Column("files", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Without them."""
    op.drop_column("relay_waiting", "files")
