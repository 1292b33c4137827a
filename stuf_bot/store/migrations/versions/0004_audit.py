"""The audit log gets a head, correlations and consecutive ids; what was last known of settings and roles.

Entries that are there keep their digests, under version 1.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0004_audit"
down_revision = "0003_conversation"
branch_labels = None
depends_on = None

_START = "0" * 64
_entries = sa.table(
    "audit",
    sa.column("id", sa.Integer()),
    sa.column("version", sa.Integer()),
    sa.column("cause", sa.String()),
    sa.column("correlation", sa.Text()),
    sa.column("stuf", sa.Text()),
    sa.column("details", sa.Text()),
    sa.column("before", sa.Text()),
    sa.column("digest", sa.String()),
)


def upgrade() -> None:
    """Add them, and fill them from the entries."""
    with op.batch_alter_table("audit") as table:
        table.add_column(sa.Column("version", sa.Integer()))
        table.add_column(sa.Column("correlation", sa.Text()))
        table.add_column(sa.Column("stuf", sa.Text()))
        table.add_column(sa.Column("before", sa.Text()))
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
    )
    entries, digest = _fill()
    op.bulk_insert(head, [{"id": 1, "entries": entries, "digest": digest}])
    with op.batch_alter_table("audit") as table:
        for name, kind in (("version", sa.Integer()), ("correlation", sa.Text()), ("before", sa.Text())):
            table.alter_column(name, existing_type=kind, nullable=False)
        table.alter_column("id", existing_type=sa.Integer(), server_default=None)
    op.create_index("ix_audit_stuf", "audit", ["stuf", "id"])
    op.create_index("ix_audit_correlation", "audit", ["correlation"])
    op.create_table(
        "audit_settings",
        sa.Column("bot", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text()),
    )
    op.create_table(
        "audit_roles",
        sa.Column("role", sa.Text(), primary_key=True),
        sa.Column("members", sa.JSON(), nullable=False),
    )


def _fill() -> tuple[int, str]:
    """Number the entries from 1 and link them; gives their number and the newest digest."""
    connection = op.get_bind()
    columns = (_entries.c.id, _entries.c.cause, _entries.c.digest, sa.cast(_entries.c.details, sa.Text()))
    number, before = 0, _START
    for old, cause, digest, details in connection.execute(sa.select(*columns).order_by(_entries.c.id)).all():
        number += 1
        values = {
            "id": number,
            "version": 1,
            "correlation": cause,
            "before": before,
            "stuf": _stuf(details),
        }
        connection.execute(sa.update(_entries).where(_entries.c.id == old).values(values))
        before = digest
    return number, before


def _stuf(details: str) -> str | None:
    found = json.loads(details).get("stuf")
    return found if isinstance(found, str) else None


def downgrade() -> None:
    """Drop them. Digests of entries that came meanwhile are no longer understood."""
    for gone in ("audit_roles", "audit_settings", "audit_head"):
        op.drop_table(gone)
    op.drop_index("ix_audit_correlation", "audit")
    op.drop_index("ix_audit_stuf", "audit")
    with op.batch_alter_table("audit") as table:
        for name in ("before", "stuf", "correlation", "version"):
            table.drop_column(name)
