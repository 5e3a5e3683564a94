"""Rasa's graph of a trained model, run component after component, without dask's bookkeeping for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage

Component = TypeVar("Component", bound=GraphComponent)
_Step = tuple[str, GraphNode, Sequence[str]]


class DirectRunner(GraphRunner):
    """Runs the nodes that a target needs, in an order that is found once for each target."""

    def __init__(self, schema: GraphSchema, nodes: Mapping[str, GraphNode]) -> None:
        self._schema, self._nodes = schema, nodes
        self._plans: dict[tuple[str, ...], list[_Step]] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> DirectRunner:
        """See `GraphRunner.create`."""
        return cls.of(DaskGraphRunner.create(graph_schema, model_storage, execution_context, hooks))

    @classmethod
    def of(cls, loaded: DaskGraphRunner) -> DirectRunner:
        """One with the components that another runner has loaded."""
        return cls(loaded._graph_schema, loaded._instantiated_nodes)

    def components(self, kind: type[Component]) -> list[Component]:
        """The loaded components of a kind."""
        return [node._component for node in self._nodes.values() if isinstance(node._component, kind)]

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """What the nodes called `targets` give (where there are none, those that the graph names)."""
        wanted = tuple(targets or self._schema.target_names)
        plan = self._plans.get(wanted)
        if plan is None:
            plan = self._plans[wanted] = list(self._plan(wanted))
        done: dict[str, tuple[str, Any]] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name, node, needs in plan:
            done[name] = node(*[done.get(need, need) for need in needs])  # a node says itself which input it lacks
        return {name: done[name][1] for name in wanted}

    def _plan(self, targets: Sequence[str]) -> Iterable[_Step]:
        schema = self._schema.minimal_graph_schema(list(targets))
        needs = {name: list(node.needs.values()) for name, node in schema.nodes.items()}
        for name in TopologicalSorter(needs).static_order():
            if name in needs:  # what is none of the nodes comes with the inputs
                yield name, self._nodes[name], needs[name]
