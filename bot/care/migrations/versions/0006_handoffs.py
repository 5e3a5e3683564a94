"""Conversations handed to the staff, with their transitions; notes; forms of the desk that were done."""

import sqlalchemy as sa
from alembic import op

from bot.care.tables import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Makes the tables. Open escalations of before are in the queue without a handoff of their own."""
    op.create_table(
        "handoffs",
        sa.Column("id", sa.String(32), primary_key=True),
        _reference("conversation_id", "conversations"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.Column("waiting_since", UtcDateTime, nullable=False),
        sa.Column("timed_out_at", UtcDateTime),
        sa.Column("taken_at", UtcDateTime),
        sa.Column("holder_id", sa.String(32)),
        sa.Column("holder", sa.String(160)),
        sa.Column("active_at", UtcDateTime),
        sa.Column("ended_at", UtcDateTime),
        sa.Column("outcome", sa.String(32)),
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "ux_handoffs_open",
        "handoffs",
        ["conversation_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_handoffs_state", "handoffs", ["state"])
    op.create_table(
        "handoff_events",
        sa.Column("id", sa.Integer, primary_key=True),
        _reference("handoff_id", "handoffs"),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("who", sa.String(160), nullable=False),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.String(32), primary_key=True),
        _reference("conversation_id", "conversations"),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("who", sa.String(160), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "desk_forms",
        sa.Column("id", sa.String(64), primary_key=True),
        _reference("conversation_id", "conversations"),
        sa.Column("at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    """Drops them: all conversations are the assistant's again."""
    for table in ("desk_forms", "notes", "handoff_events", "handoffs"):
        op.drop_table(table)


def _reference(name: str, table: str) -> sa.Column:
    reference = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, sa.String(32), reference, nullable=False, index=True)
