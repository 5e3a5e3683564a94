"""Escalations with states and events; the alerts that tell of them; heartbeats."""

import sqlalchemy as sa
from alembic import op

from bot.care.tables import UtcDateTime

revision = "0002"
down_revision = "0001"

# Before, every message had an escalation of its own, and nobody was told. The last one of each conversation stays
# open, and is told of as soon as there are contacts; the earlier ones are closed, and say so.
_UPDATE = "update to alerts"
_EARLIER = """
    SELECT e.id FROM escalations e JOIN messages m ON m.id = e.message_id WHERE EXISTS (
        SELECT 1 FROM escalations l JOIN messages n ON n.id = l.message_id
        WHERE n.conversation_id = m.conversation_id AND n.position > m.position)
"""


def _id(name: str, table: str, **more: object) -> sa.Column:
    return sa.Column(name, sa.String(32), sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), **more)


def upgrade() -> None:
    """Fills the new columns of the escalations that there are, then makes the new tables."""
    for column in (
        sa.Column("conversation_id", sa.String(32)),
        sa.Column("category", sa.String(32)),
        sa.Column("findings", sa.JSON),
        sa.Column("state", sa.String(16), nullable=False, server_default="raised"),
        sa.Column("waiting_since", UtcDateTime),
        sa.Column("acknowledged_at", UtcDateTime),
        sa.Column("acknowledged_by", sa.String(160)),
        sa.Column("resolved_at", UtcDateTime),
        sa.Column("resolved_by", sa.String(160)),
    ):
        op.add_column("escalations", column)
    op.execute(
        "UPDATE escalations SET waiting_since = raised_at, conversation_id = "
        "(SELECT conversation_id FROM messages WHERE messages.id = escalations.message_id)"
    )
    op.execute(
        f"UPDATE escalations SET state = 'resolved', resolved_at = raised_at, resolved_by = '{_UPDATE}' "  # noqa: S608
        f"WHERE id IN ({_EARLIER})"
    )
    with op.batch_alter_table("escalations") as table:
        table.alter_column("conversation_id", existing_type=sa.String(32), nullable=False)
        table.alter_column("waiting_since", existing_type=UtcDateTime, nullable=False)
        table.alter_column("state", existing_type=sa.String(16), existing_nullable=False, server_default=None)
        table.create_foreign_key(
            "fk_escalations_conversation", "conversations", ["conversation_id"], ["id"], ondelete="CASCADE"
        )
    is_open = sa.text("state != 'resolved'")
    op.create_index(
        "ux_escalations_open",
        "escalations",
        ["conversation_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_escalations_state", "escalations", ["state", "raised_at"])
    op.create_table(
        "escalation_messages",
        _id("message_id", "messages", primary_key=True),
        _id("escalation_id", "escalations", nullable=False, index=True),
        sa.Column("urgency", sa.String(16), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "escalation_events",
        sa.Column("id", sa.Integer, primary_key=True),
        _id("escalation_id", "escalations", nullable=False, index=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("who", sa.String(160), nullable=False),
        sa.Column("urgency", sa.String(16), nullable=False),
        sa.Column("message_id", sa.String(32), sa.ForeignKey("messages.id", ondelete="SET NULL")),
    )
    op.execute(
        "INSERT INTO escalation_messages (message_id, escalation_id, urgency, added_at) "
        "SELECT message_id, id, urgency, raised_at FROM escalations"
    )
    op.execute(
        "INSERT INTO escalation_events (escalation_id, at, what, who, urgency, message_id) "
        "SELECT id, raised_at, 'raised', 'Hipline', urgency, message_id FROM escalations"
    )
    op.execute(
        "INSERT INTO escalation_events (escalation_id, at, what, who, urgency) "  # noqa: S608
        f"SELECT id, raised_at, 'resolved', '{_UPDATE}', urgency FROM escalations WHERE state = 'resolved'"
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(32), primary_key=True),
        _id("escalation_id", "escalations", nullable=False),
        _id("message_id", "messages", nullable=False),
        sa.Column("contact", sa.String(64), nullable=False),
        sa.Column("way", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("wanted_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease", sa.String(32)),
        sa.Column("leased_until", UtcDateTime),
        sa.Column("token_hash", sa.String(64), unique=True),
        sa.Column("expires_at", UtcDateTime),
        sa.Column("delivered_at", UtcDateTime),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("problem", sa.String(200)),
        sa.UniqueConstraint("escalation_id", "message_id", "contact", "way", "round"),
    )
    op.create_index("ix_alerts_due", "alerts", ["delivered_at", "closed_at", "due_at"])
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
    )


def downgrade() -> None:
    """Drops them; of the escalations, what the first tables knew is kept."""
    for name in ("heartbeats", "alerts", "escalation_events", "escalation_messages"):
        op.drop_table(name)
    op.drop_index("ix_escalations_state", "escalations")
    op.drop_index("ux_escalations_open", "escalations")
    with op.batch_alter_table("escalations") as table:
        for name in (
            *("conversation_id", "category", "findings", "state", "waiting_since"),
            *("acknowledged_at", "acknowledged_by", "resolved_at", "resolved_by"),
        ):
            table.drop_column(name)
