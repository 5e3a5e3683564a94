"""Who works at the desk, and what lets them in."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String

from bot.care.tables.base import Base, UtcDateTime, new_id, now


class Staff(Base):
    """A member of staff. Accounts are disabled, never deleted: the audit log names them."""

    __tablename__ = "staff"

    id = Column(String(32), primary_key=True, default=new_id)
    name = Column(String(80), nullable=False)  # patients see it too
    login = Column(String(160), nullable=False, unique=True)  # the name, folded: what a typed name is compared with
    role = Column(String(16), nullable=False)  # front_desk, clinician, admin
    password = Column(String(200))  # argon2's encoded hash; empty until one is set
    created_at = Column(UtcDateTime, nullable=False, default=now)
    disabled_at = Column(UtcDateTime)
    totp_seed = Column(String(32))  # what the secret of the codes is made from, once they are asked for
    totp_pending = Column(String(32))  # the same, until a first code has shown that it works
    totp_step = Column(Integer)  # the time step of the last code that was used: each code counts once


class StaffSession(Base):
    """One browser that is signed in, by the hash of its cookie. Ended sessions are deleted."""

    __tablename__ = "staff_sessions"

    hash = Column(String(64), primary_key=True)
    staff_id = Column(String(32), ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True)
    half = Column(Boolean, nullable=False, default=False)  # the password was right, the code is still to come
    created_at = Column(UtcDateTime, nullable=False, default=now)
    seen_at = Column(UtcDateTime, nullable=False, default=now)


class StaffAttempt(Base):
    """An attempt to sign in that has not succeeded. Neither the name nor the password that was typed is kept."""

    __tablename__ = "staff_attempts"
    __table_args__ = (
        Index("ix_staff_attempts_account", "account", "at"),
        Index("ix_staff_attempts_address", "address", "at"),
    )

    id = Column(Integer, primary_key=True)
    at = Column(UtcDateTime, nullable=False, default=now)
    account = Column(String(64), nullable=False)  # a hash of the name that was typed, known or not
    address = Column(String(64), nullable=False)  # where the request came from
    trusted = Column(Boolean, nullable=False, default=False)  # from a browser in which the account had signed in before


class StaffLink(Base):
    """A link with which somebody sets their password, once; kept as its hash."""

    __tablename__ = "staff_links"

    hash = Column(String(64), primary_key=True)
    staff_id = Column(String(32), ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True)
    expires_at = Column(UtcDateTime, nullable=False)


class RecoveryCode(Base):
    """A code for the day when the telephone with the codes is gone, as its hash. Deleted when it is used."""

    __tablename__ = "staff_recovery_codes"

    hash = Column(String(64), primary_key=True)
    staff_id = Column(String(32), ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True)
