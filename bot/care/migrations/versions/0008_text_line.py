"""What the text line needs: attempts at text messages, opt-outs, counters, and messages that wait found quickly."""

import sqlalchemy as sa
from alembic import op

from bot.care.tables import UtcDateTime

revision = "0008"
down_revision = "0007"

_WAITS = sa.text("answered_at IS NULL")


def _columns() -> list[sa.Column]:
    return [
        sa.Column("position", sa.Integer, nullable=False, server_default="0"),
        sa.Column("regardless", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("expires_at", UtcDateTime),
        sa.Column("changed_at", UtcDateTime),
        sa.Column("tried_at", UtcDateTime),
        sa.Column("lease", sa.String(32)),
        sa.Column("leased_until", UtcDateTime),
        sa.Column("sid", sa.String(64)),
        sa.Column("code", sa.Integer),
        sa.Column("problem", sa.String(200)),
    ]


def upgrade() -> None:
    """Adds columns to texts, the new tables and indexes."""
    for column in _columns():
        op.add_column("texts", column)
    op.execute(
        "UPDATE texts SET position = (SELECT position FROM entries WHERE entries.id = texts.entry_id), "
        "changed_at = created_at"
    )
    op.create_index("ix_texts_sid", "texts", ["sid"])
    op.create_table(
        "opt_outs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.String(128), nullable=False),
        sa.Column("out", sa.Boolean, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("message_id", sa.String(32), sa.ForeignKey("messages.id", ondelete="SET NULL")),
    )
    op.create_index("ix_opt_outs_number", "opt_outs", ["number", "id"])
    op.create_table(
        "counters",
        sa.Column("name", sa.String(48), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )
    op.create_index("ix_messages_unanswered", "messages", ["received_at"], sqlite_where=_WAITS, postgresql_where=_WAITS)


def downgrade() -> None:
    """Drops them."""
    op.drop_index("ix_messages_unanswered", "messages")
    op.drop_table("counters")
    op.drop_table("opt_outs")
    op.drop_index("ix_texts_sid", "texts")
    for column in reversed(_columns()):
        op.execute(f"ALTER TABLE texts DROP COLUMN {column.name}")
