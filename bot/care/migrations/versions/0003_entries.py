"""Everything said in a conversation, in its order; which door a message came by; text messages that go out."""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from bot.care.tables import UtcDateTime, new_id

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the new tables; the replies so far become entries, each after the message that it answers."""
    # Not by a copy of the table, as Alembic would have it for SQLite: dropping the old one takes with it all that
    # refers to its rows.
    op.add_column("messages", sa.Column("door", sa.String(8), nullable=False, server_default="api"))
    entries = op.create_table(
        "entries",
        sa.Column("id", sa.String(32), primary_key=True),
        _reference("conversation_id", "conversations", nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("who", sa.String(16), nullable=False),
        sa.Column("name", sa.String(160)),
        _reference("message_id", "messages", index=True),
        sa.Column("payload", sa.JSON),
        sa.UniqueConstraint("conversation_id", "position"),
    )
    op.create_index("ix_entries_at", "entries", ["at"])
    _move(entries)
    op.drop_table("replies")
    op.create_table(
        "texts",
        sa.Column("id", sa.String(32), primary_key=True),
        _reference("entry_id", "entries", nullable=False, unique=True),
        _reference("conversation_id", "conversations", nullable=False, index=True),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_index("ix_texts_due", "texts", ["state", "due_at"])


def downgrade() -> None:
    """Back to replies; what was said without a message to answer is dropped."""
    op.drop_table("texts")
    replies = op.create_table(
        "replies",
        sa.Column("id", sa.String(32), primary_key=True),
        _reference("message_id", "messages", nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.UniqueConstraint("message_id", "position"),
    )
    entries = sa.table("entries", *(sa.column(name) for name in ("id", "conversation_id", "position", "message_id")),
                       sa.column("payload", sa.JSON))  # fmt: skip
    said = op.get_bind().execute(
        sa.select(entries)
        .where(entries.c.message_id.isnot(None), entries.c.payload.isnot(None))
        .order_by(entries.c.conversation_id, entries.c.position)
    )
    counts: dict[str, int] = defaultdict(int)
    for row in said.all():
        values = {"id": row.id, "message_id": row.message_id, "payload": row.payload}
        op.bulk_insert(replies, [{**values, "position": counts[row.message_id]}])
        counts[row.message_id] += 1
    op.drop_table("entries")
    op.execute("ALTER TABLE messages DROP COLUMN door")


def _move(entries: sa.Table) -> None:
    columns = ("id", "conversation_id", "position")
    messages = sa.table("messages", *(sa.column(name) for name in columns),
                        sa.column("received_at", UtcDateTime), sa.column("answered_at", UtcDateTime))  # fmt: skip
    replies = sa.table("replies", sa.column("message_id"), sa.column("position"), sa.column("payload", sa.JSON))
    said = op.get_bind().execute(
        sa.select(
            messages.c.id,
            messages.c.conversation_id,
            messages.c.received_at,
            messages.c.answered_at,
            replies.c.position,
            replies.c.payload,
        )
        .select_from(messages.outerjoin(replies, replies.c.message_id == messages.c.id))
        .order_by(messages.c.conversation_id, messages.c.position, replies.c.position)
    )
    counts: dict[str, int] = defaultdict(int)
    for row in said.all():
        found = {"conversation_id": row.conversation_id, "message_id": row.id, "name": None}
        rows = []
        if not row.position:  # the first reply to it, or none
            rows.append({"who": "patient", "at": row.received_at, "payload": sa.null()})
        if row.position is not None:
            rows.append({"who": "assistant", "at": row.answered_at or row.received_at, "payload": row.payload})
        for values in rows:
            counts[row.conversation_id] += 1
            op.bulk_insert(entries, [{"id": new_id(), "position": counts[row.conversation_id], **found, **values}])


def _reference(name: str, table: str, **more: object) -> sa.Column:
    return sa.Column(name, sa.String(32), sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), **more)
