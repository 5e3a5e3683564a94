from __future__ import annotations

import importlib
import logging
import pkgutil
from typing import Any

import pytest
from rasa_sdk.executor import ActionExecutor

import actions
from actions.base import HiplineAction
from bot import datafiles, gsm7, knowledge
from bot.replies import Reply
from bot.settings import ROOT
from tests.actions.conftest import Run

ALONE = {"affirm", "deny"}  # what they mean is told by stories


def concrete(base: type) -> set[type]:
    found = {base} if not getattr(base, "__abstractmethods__", None) else set()
    return found.union(*(concrete(child) for child in base.__subclasses__()))


def names() -> set[str]:
    for module in pkgutil.iter_modules(actions.__path__):
        importlib.import_module(f"actions.{module.name}")
    return {action().name() for action in concrete(HiplineAction) if action.__module__.startswith("actions.")}


def rules() -> list[Any]:
    found = datafiles.read(ROOT / "data" / "stories" / "rules.yml")["rules"]
    assert isinstance(found, list)
    return found


def test_the_domain_names_each_action_and_no_other() -> None:
    assert names() == set(datafiles.read(ROOT / "domain.yml")["actions"])


def test_the_action_server_runs_each_action_and_no_other() -> None:
    server = ActionExecutor()
    server.register_package("actions")
    # Other tests make actions of their own, which it finds too.
    ours = {name for name, run in server.actions.items() if type(run.__self__).__module__.startswith("actions.")}
    assert ours == names()


def test_each_intent_has_one_rule_whose_action_exists() -> None:
    steps = [(rule["steps"][0]["intent"], rule["steps"][1]["action"]) for rule in rules()]
    intents = [intent for intent, _ in steps]
    assert len(intents) == len(set(intents))
    assert set(intents) == set(datafiles.read(ROOT / "domain.yml")["intents"]) - ALONE | {"nlu_fallback"}
    assert {action for _, action in steps} <= names()


def test_each_topic_has_an_intent() -> None:
    assert set(knowledge.load().topics) <= set(datafiles.read(ROOT / "domain.yml")["intents"])


@pytest.mark.parametrize("door", ["asked", "after_infection", "after_clarify", "by_sms", "in_the_shell"])
def test_whatever_is_asked_is_answered_at_every_door(run: Run, caplog: pytest.LogCaptureFixture, door: str) -> None:
    by_name = {
        action().name(): action for action in concrete(HiplineAction) if action.__module__.startswith("actions.")
    }
    steps = [(rule["steps"][0]["intent"], rule["steps"][1]["action"]) for rule in rules()]
    for intent, action in [*steps, ("affirm", "action_acknowledge"), ("deny", "action_acknowledge")]:
        said = run(by_name[action](), door, intent)
        assert said.messages, intent
        for message in said.messages:
            text = message["text"] or Reply.parse_obj(message["custom"]).text
            assert "{" not in text, intent
            if door == "by_sms":
                assert (gsm7.segments(text) <= 2, gsm7.strangers(text)) == (True, ""), intent
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
