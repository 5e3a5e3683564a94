"""Staff accounts, their sessions, and the audit log, whose rows can only be added."""

import sqlalchemy as sa
from alembic import op

from bot.care.tables import UtcDateTime

revision = "0005"
down_revision = "0004"

_REFUSAL = "rows of the audit log are only added"
_SQLITE = "CREATE TRIGGER audit_{name} BEFORE {what} ON audit {when} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
# REPLACE deletes the row that is in its way without asking the trigger for DELETE.
_IN_THE_WAY = "WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)"
_POSTGRESQL = (
    f"CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
    "CREATE TRIGGER audit_rows BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE PROCEDURE audit_refuse()",
    "CREATE TRIGGER audit_all BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE PROCEDURE audit_refuse()",
)


def upgrade() -> None:
    """Makes the tables, and the triggers that keep the audit log as it is."""
    op.create_table(
        "staff",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("login", sa.String(160), nullable=False, unique=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password", sa.String(200)),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("disabled_at", UtcDateTime),
        sa.Column("totp_seed", sa.String(32)),
        sa.Column("totp_pending", sa.String(32)),
        sa.Column("totp_step", sa.Integer),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("hash", sa.String(64), primary_key=True),
        _whose(),
        sa.Column("half", sa.Boolean, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
    )
    op.create_table(
        "staff_attempts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("trusted", sa.Boolean, nullable=False),
    )
    op.create_index("ix_staff_attempts_account", "staff_attempts", ["account", "at"])
    op.create_index("ix_staff_attempts_address", "staff_attempts", ["address", "at"])
    op.create_table(
        "staff_links",
        sa.Column("hash", sa.String(64), primary_key=True),
        _whose(),
        sa.Column("expires_at", UtcDateTime, nullable=False),
    )
    op.create_table("staff_recovery_codes", sa.Column("hash", sa.String(64), primary_key=True), _whose())
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", UtcDateTime, nullable=False, index=True),
        sa.Column("who", sa.String(160), nullable=False, index=True),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("conversation_id", sa.String(32), index=True),
        sa.Column("about", sa.String(200)),
    )
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        for what, when in (("UPDATE", ""), ("DELETE", ""), ("INSERT", _IN_THE_WAY)):
            op.execute(_SQLITE.format(name=what.lower(), what=what, when=when, refusal=_REFUSAL))
    elif dialect == "postgresql":
        for statement in _POSTGRESQL:
            op.execute(statement)


def downgrade() -> None:
    """Drops them, and the triggers with their table."""
    for name in ("audit", "staff_recovery_codes", "staff_links", "staff_attempts", "staff_sessions", "staff"):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_refuse()")


def _whose() -> sa.Column:
    return sa.Column(
        "staff_id", sa.String(32), sa.ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True
    )
