"""Rasa with the pipeline and the policies of its own default configuration."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.client import Session
from benchmarks.contenders.base import Contender, parsed_by_rasa
from benchmarks.data import nlu_file
from benchmarks.figures import Parsed
from benchmarks.processes import ContenderFailed, Program
from bot.nlu.examples import Example
from bot.run.model import rasa_environment

THRESHOLD = 0.7
EPOCHS = 100
_STORY_TURNS = 3

CONFIG = f"""\
recipe: default.v1
assistant_id: stock
language: en
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: {EPOCHS}
  constrain_similarities: true
- name: FallbackClassifier
  threshold: {THRESHOLD}
  ambiguity_threshold: 0.1
policies:
- name: MemoizationPolicy
- name: RulePolicy
- name: TEDPolicy
  max_history: 5
  epochs: {EPOCHS}
  constrain_similarities: true
"""


class StockRasa(Contender):
    """Each intent has a response, a rule, and a story in which it comes first, so that every policy has its work."""

    key = "stock_rasa"
    title = "Rasa's default pipeline"

    def prepare(self, training: Sequence[Example]) -> None:
        intents = sorted({e.intent for e in training})
        files = {
            "config.yml": CONFIG,
            "domain.yml": _domain(intents),
            "credentials.yml": "rest:\n",
            "endpoints.yml": "",
            "data/nlu.yml": nlu_file(training),
            "data/rules.yml": _rules(intents),
            "data/stories.yml": _stories(intents),
        }
        for name, content in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")

    def training(self) -> Program:
        return self._rasa("train", "--fixed-model-name", "stock")

    def model(self) -> list[Path]:
        return [self.folder / "models" / "stock.tar.gz"]

    def parsing(self) -> AbstractContextManager[int]:
        serve = ["run", "--enable-api", "-i", "127.0.0.1", "-p", str(self.port), "--model", str(self.model()[0])]
        return self.serve(self._rasa(*serve), "/status")

    def parse(self, session: Session, text: str) -> Parsed:
        return parsed_by_rasa(self.post(session, "/model/parse", {"text": text}))

    def turn(self, session: Session, conversation: str, text: str) -> None:
        if not self.post(session, "/webhooks/rest/webhook", {"sender": conversation, "message": text}):
            raise ContenderFailed("a message got no answer")

    def threshold(self) -> str:
        return f"{THRESHOLD}, ambiguity 0.1"

    def _rasa(self, *arguments: str) -> Program:
        command = [sys.executable, "-W", "ignore", "-m", "rasa", *arguments]
        environment = {**rasa_environment(), "PYTHONPATH": ""}
        return Program(command, self.folder, self.folder / "log" / f"{arguments[0]}.log", environment)


def _domain(intents: Sequence[str]) -> str:
    lines = ['version: "3.1"', "intents:", *(f"- {intent}" for intent in intents), "responses:"]
    for intent in [*intents, "nlu_fallback"]:
        lines += [f"  utter_{intent}:", f'  - text: "An answer on {intent}."']
    return "\n".join(lines) + "\n"


def _rules(intents: Sequence[str]) -> str:
    lines = ['version: "3.1"', "rules:"]
    for intent in [*intents, "nlu_fallback"]:
        lines += [f"- rule: {intent}", "  steps:", f"  - intent: {intent}", f"  - action: utter_{intent}"]
    return "\n".join(lines) + "\n"


def _stories(intents: Sequence[str]) -> str:
    draw = random.Random(7)
    lines = ['version: "3.1"', "stories:"]
    for intent in intents:
        lines += [f"- story: {intent} and others", "  steps:"]
        for turn in [intent, *draw.choices(intents, k=_STORY_TURNS - 1)]:
            lines += [f"  - intent: {turn}", f"  - action: utter_{turn}"]
    return "\n".join(lines) + "\n"
