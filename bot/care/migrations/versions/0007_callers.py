"""Where callers are called back."""

import sqlalchemy as sa
from alembic import op

from bot.care.tables import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "caller_numbers",
        sa.Column(
            "conversation_id", sa.String(32), sa.ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("number", sa.String(16), nullable=False, index=True),
        sa.Column("name", sa.String(160)),
        sa.Column("taken_by", sa.String(160), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    """Drops it."""
    op.drop_table("caller_numbers")
