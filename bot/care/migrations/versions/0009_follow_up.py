"""Patients who are followed up, their consents, their check-ins and the answers."""

import sqlalchemy as sa
from alembic import op

from bot.care.tables import UtcDateTime

revision = "0009"
down_revision = "0008"

_FOLLOWED = sa.text("state IN ('active', 'paused')")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "patients",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("external_id", sa.String(128), unique=True),
        _reference("conversation_id", "conversations", nullable=False, index=True),
        sa.Column("number", sa.String(16), nullable=False),
        sa.Column("injected_on", sa.Date, nullable=False),
        sa.Column("hip", sa.String(8), nullable=False),
        sa.Column("language", sa.String(16), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("programme", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("changed_at", UtcDateTime, nullable=False),
        sa.Column("enrolled_at", UtcDateTime, nullable=False),
    )
    op.create_index(
        "ux_patients_followed", "patients", ["number"], unique=True, sqlite_where=_FOLLOWED, postgresql_where=_FOLLOWED
    )
    op.create_index("ix_patients_state", "patients", ["state"])
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer, primary_key=True),
        _reference("patient_id", "patients", nullable=False, index=True),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("given_at", UtcDateTime, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "check_ins",
        sa.Column("id", sa.String(32), primary_key=True),
        _reference("conversation_id", "conversations", nullable=False),
        _reference("patient_id", "patients"),
        sa.Column("step", sa.String(16)),
        sa.Column("day", sa.Integer),
        sa.Column("due_at", UtcDateTime, nullable=False),
        sa.Column("late_at", UtcDateTime, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("asked_at", UtcDateTime),
        sa.Column("waiting_for", sa.String(32)),
        sa.Column("answer_by", UtcDateTime),
        sa.Column("again_at", UtcDateTime),
        sa.Column("repeated_at", UtcDateTime),
        sa.Column("settled_at", UtcDateTime),
        sa.UniqueConstraint("patient_id", "step"),
    )
    op.create_index("ix_check_ins_due", "check_ins", ["state", "due_at"])
    op.create_index("ix_check_ins_again", "check_ins", ["again_at"])
    op.create_index("ix_check_ins_asked", "check_ins", ["conversation_id", "asked_at"])
    op.create_table(
        "check_in_answers",
        sa.Column("id", sa.Integer, primary_key=True),
        _reference("check_in_id", "check_ins", nullable=False, index=True),
        _reference("message_id", "messages", nullable=False, index=True),
        sa.Column("question", sa.String(32), nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(16)),
    )


def downgrade() -> None:
    """Drops them."""
    for table in ("check_in_answers", "check_ins", "consents", "patients"):
        op.drop_table(table)


def _reference(name: str, table: str, **more: object) -> sa.Column:
    return sa.Column(name, sa.String(32), sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), **more)
