from __future__ import annotations

from rasa_sdk import Tracker

from actions.turn import Turn
from tests.actions.conftest import tracker


def test_the_gateway_s_context_goes_before_the_slots() -> None:
    told = tracker("after_infection")
    told.slots = {"topic": "onset", "last_kind": "clarify"}
    turn = Turn.of(told)
    assert (turn.last_topic, turn.last_kind, turn.channel) == ("risk_infection", "answer", "web")


def test_without_a_context_the_slots_tell_and_the_door_is_the_channel() -> None:
    turn = Turn.of(tracker("in_the_shell"))
    assert (turn.last_topic, turn.last_kind, turn.channel) == ("risk_infection", "answer", "cmdline")


def test_the_ranking_keeps_its_order_and_leaves_the_fallback_out() -> None:
    ranking = [("nlu_fallback", 0.4), ("onset", 0.3), ("greet", 0.1)]
    told = tracker("asked", intent_ranking=[{"name": name, "confidence": share} for name, share in ranking])
    assert Turn.of(told).ranking == (("onset", 0.3), ("greet", 0.1))


def test_a_message_that_nothing_is_known_of_was_not_understood() -> None:
    turn = Turn.of(Tracker("c1", {}, {}, [], False, None, {}, None))
    assert turn == Turn(intent="nlu_fallback", ranking=(), channel="")
