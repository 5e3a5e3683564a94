"""Consents, feedback and requests to be forgotten, from the web page."""

import sqlalchemy as sa
from alembic import op

from bot.care.tables import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "web_consents",
        sa.Column("id", sa.String(32), primary_key=True),
        _reference("conversation_id", "conversations", nullable=False),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_web_consents_conversation", "web_consents", ["conversation_id", "at"])
    op.create_table(
        "feedback",
        _reference("entry_id", "entries", primary_key=True),
        sa.Column("helpful", sa.Boolean, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False, index=True),
    )
    op.create_table(
        "forgettings",
        _reference("conversation_id", "conversations", primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    """Drops them."""
    for name in ("forgettings", "feedback", "web_consents"):
        op.drop_table(name)


def _reference(name: str, table: str, **more: object) -> sa.Column:
    return sa.Column(name, sa.String(32), sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), **more)
