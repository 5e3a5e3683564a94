from __future__ import annotations

from sqlalchemy import select

from bot.care import escalations, forgetting, messages, visitors
from bot.care.database import Store
from bot.care.tables import Conversation, Escalation, now
from bot.replies import Reply
from bot.worker.forgotten import Forgotten


def test_what_was_kept_for_the_clinic_goes_in_the_next_sweep_after_it_is_resolved(store: Store) -> None:
    visitors.agree(store, "ann", "words")
    received = messages.receive(store, "web", "ann", "I can't breathe", None, "page")
    with store.write() as session:
        messages.answer(session, received.id, [Reply(text="Call.", kind="escalation", urgency="emergency")], "rasa")
        assert forgetting.forget(session, "web", "ann") == "escalation"
    forgotten = Forgotten(store)
    assert forgotten.sweep() == 0
    with store.write() as session:
        [escalation] = session.execute(select(Escalation)).scalars()
        escalations.resolve(session, escalation, "Kim", now())
    assert forgotten.sweep() == 1
    assert forgotten.sweep() == 0
    with store.read() as session:
        assert session.execute(select(Conversation)).all() == []
