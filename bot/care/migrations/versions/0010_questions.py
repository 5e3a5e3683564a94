"""Questions whose answer matters, and what becomes of them without one."""

import sqlalchemy as sa
from alembic import op

from bot.care.tables import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "questions",
        sa.Column("message_id", sa.String(32), sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
        sa.Column(
            "conversation_id",
            sa.String(32),
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("settled_at", UtcDateTime),
        sa.Column("outcome", sa.String(8)),
    )
    op.create_index("ix_questions_due", "questions", ["settled_at", "due_at"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("questions")
