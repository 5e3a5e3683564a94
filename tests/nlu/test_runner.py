"""A model's graph gives the same without dask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

from bot.nlu.runner import DirectRunner


class Words(GraphComponent):
    """Takes texts apart."""

    ran = 0

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Words:
        return cls()

    def split(self, text: str) -> list[str]:
        Words.ran += 1
        return text.split()

    def count(self, words: list[str], extra: int) -> int:
        return len(words) + extra

    def last(self, words: list[str]) -> str:
        return words[-1]


def _node(function: str, needs: dict[str, str], *, is_target: bool = False) -> SchemaNode:
    return SchemaNode(needs, Words, "create", function, {}, eager=True, is_target=is_target)


SCHEMA = GraphSchema(
    {
        "last": _node("last", {"words": "split"}),
        "count": _node("count", {"words": "split", "extra": "__extra__"}, is_target=True),
        "split": _node("split", {"text": "__text__"}),
    }
)


@pytest.fixture
def storage(tmp_path: Path) -> ModelStorage:
    return LocalModelStorage(tmp_path)


@pytest.fixture
def direct(storage: ModelStorage) -> DirectRunner:
    return DirectRunner.create(SCHEMA, storage, ExecutionContext(SCHEMA))


def test_it_gives_what_dask_gives(storage: ModelStorage, direct: DirectRunner) -> None:
    dask = DaskGraphRunner.create(SCHEMA, storage, ExecutionContext(SCHEMA))
    inputs = {"__text__": "will it hurt", "__extra__": 2}
    for targets in (["count"], ["last"], ["last", "count"], None):
        assert direct.run(inputs, targets) == dask.run(inputs, targets)


def test_a_target_runs_what_it_needs_and_each_of_it_once(direct: DirectRunner) -> None:
    before = Words.ran
    assert direct.run({"__text__": "will it hurt"}, ["last"]) == {"last": "hurt"}  # the count's input is missing
    assert direct.run({"__text__": "now", "__extra__": 0}, ["last", "count"]) == {"last": "now", "count": 1}
    assert Words.ran == before + 2


def test_one_run_knows_nothing_of_another(direct: DirectRunner) -> None:
    assert direct.run({"__text__": "one two", "__extra__": 0}) == {"count": 2}
    with pytest.raises(GraphRunError, match="__extra__"):
        direct.run({"__text__": "one two"})


def test_the_nodes_of_a_runner_that_is_there_are_taken_over(storage: ModelStorage) -> None:
    dask = DaskGraphRunner.create(SCHEMA, storage, ExecutionContext(SCHEMA))
    assert DirectRunner.of(dask)._nodes is dask._instantiated_nodes
