from __future__ import annotations

import importlib
import pkgutil

import actions
from actions.base import HiplineAction
from bot import datafiles
from bot.settings import ROOT

ALONE = {"affirm", "deny"}  # what they mean is told by stories


def concrete(base: type) -> set[type]:
    found = {base} if not getattr(base, "__abstractmethods__", None) else set()
    return found.union(*(concrete(child) for child in base.__subclasses__()))


def names() -> set[str]:
    for module in pkgutil.iter_modules(actions.__path__):
        importlib.import_module(f"actions.{module.name}")
    return {action().name() for action in concrete(HiplineAction) if action.__module__.startswith("actions.")}


def test_the_domain_names_each_action_and_no_other() -> None:
    assert names() == set(datafiles.read(ROOT / "domain.yml")["actions"])


def test_each_intent_has_one_rule_whose_action_exists() -> None:
    rules = datafiles.read(ROOT / "data" / "stories" / "rules.yml")["rules"]
    steps = [(rule["steps"][0]["intent"], rule["steps"][1]["action"]) for rule in rules]
    intents = [intent for intent, _ in steps]
    assert len(intents) == len(set(intents))
    assert set(intents) == set(datafiles.read(ROOT / "domain.yml")["intents"]) - ALONE | {"nlu_fallback"}
    assert {action for _, action in steps} <= names()


def test_each_topic_has_an_intent() -> None:
    from bot import knowledge

    assert set(knowledge.load().topics) <= set(datafiles.read(ROOT / "domain.yml")["intents"])
