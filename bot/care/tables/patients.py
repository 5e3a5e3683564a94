"""Patients who are followed up after an injection, their consents, and the check-ins with their answers."""

from __future__ import annotations

from sqlalchemy import Column, Date, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text

from bot.care.tables.base import Base, UtcDateTime, new_id, now

_FOLLOWED = text("state IN ('active', 'paused')")


class Patient(Base):
    """One follow-up after one injection: one a number at a time. Its check-ins are rows from its start."""

    __tablename__ = "patients"
    __table_args__ = (
        Index("ux_patients_followed", "number", unique=True, sqlite_where=_FOLLOWED, postgresql_where=_FOLLOWED),
        Index("ix_patients_state", "state"),
    )

    id = Column(String(32), primary_key=True, default=new_id)
    external_id = Column(String(128), unique=True)  # what the clinic's own programs call it
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)
    number = Column(String(16), nullable=False)  # E.164
    injected_on = Column(Date, nullable=False)
    hip = Column(String(8), nullable=False)  # left, right, both
    language = Column(String(16), nullable=False)
    zone = Column(String(64), nullable=False)  # of the IANA's, such as America/Chicago
    programme = Column(String(64), nullable=False)
    state = Column(String(8), nullable=False, default="active")  # active, paused; done, ended, lost
    changed_at = Column(UtcDateTime, nullable=False, default=now)  # the state
    enrolled_at = Column(UtcDateTime, nullable=False, default=now)


class Consent(Base):
    """What a patient agreed to, in which words, and when. Rows are only added."""

    __tablename__ = "consents"

    id = Column(Integer, primary_key=True)
    patient_id = Column(String(32), ForeignKey("patients.id", ondelete="CASCADE"), nullable=False, index=True)
    wording = Column(Text, nullable=False)
    given_at = Column(UtcDateTime, nullable=False)
    recorded_at = Column(UtcDateTime, nullable=False, default=now)


class CheckIn(Base):
    """One check-in: planned, then asked, then answered or not. Without a patient where a program asked for it.

    planned -> asked -> answered, unanswered (something else was said) or silent; or planned -> missed, replaced (there
    was another that day), stopped (by an opt-out) or cancelled.
    """

    __tablename__ = "check_ins"
    __table_args__ = (
        UniqueConstraint("patient_id", "step"),
        Index("ix_check_ins_due", "state", "due_at"),
        Index("ix_check_ins_again", "again_at"),
        Index("ix_check_ins_asked", "conversation_id", "asked_at"),
    )

    id = Column(String(32), primary_key=True, default=new_id)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False)
    patient_id = Column(String(32), ForeignKey("patients.id", ondelete="CASCADE"))
    step = Column(String(16))  # of the programme; empty where it was asked by hand
    day = Column(Integer)  # from the injection
    due_at = Column(UtcDateTime, nullable=False)
    late_at = Column(UtcDateTime, nullable=False)  # not sent from then on
    state = Column(String(12), nullable=False, default="planned")
    asked_at = Column(UtcDateTime)
    waiting_for = Column(String(32))  # the question that waits for its answer
    answer_by = Column(UtcDateTime)  # until when an answer is taken for one to it
    again_at = Column(UtcDateTime)  # when the question is to be put once more
    repeated_at = Column(UtcDateTime)  # when that was done: once a check-in
    settled_at = Column(UtcDateTime)


class CheckInAnswer(Base):
    """One answer to one question; the newest counts, so that a correction is a further row."""

    __tablename__ = "check_in_answers"

    id = Column(Integer, primary_key=True)
    check_in_id = Column(String(32), ForeignKey("check_ins.id", ondelete="CASCADE"), nullable=False, index=True)
    message_id = Column(String(32), ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, index=True)
    question = Column(String(32), nullable=False)
    value = Column(Float, nullable=False)
    at = Column(UtcDateTime, nullable=False, default=now)
    level = Column(String(8), nullable=False)  # mild, expected, high, urgent; of choices: none, urgent
    reason = Column(String(16))  # why urgent
