"""The encoder and the intent head as Rasa graph components, trained and stored with the model."""

from __future__ import annotations

import hashlib
import inspect
import shutil
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import (
    FEATURE_TYPE_SENTENCE,
    INTENT,
    INTENT_NAME_KEY,
    METADATA,
    METADATA_INTENT,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import Self

from bot.nlu import encoder as encoder_module
from bot.nlu import export, head, terms
from bot.nlu.encoder import Encoder, Vectors
from bot.nlu.head import LinearHead
from bot.nlu.known import known_vector
from bot.nlu.questions import questions
from bot.triage import examples as triage_examples
from bot.triage import model as triage_model
from bot.triage import rules
from bot.triage.assessment import Assessment, Triage
from bot.triage.model import SYMPTOM, UrgencyModel

INTENT_RANKING = "intent_ranking"
QUESTIONS = "questions"  # the intents that parts of a message clearly have, in their order
_SEGMENTS = "segments"  # those parts, and their vectors
TRIAGE = "triage"  # the urgency and category, for the actions
_CLEAR = 0.7  # the probability from which one is clear
_LEFT = 0.05  # what a symptom leaves of the probability of all other intents


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SentenceEncoder(GraphComponent):
    """Gives each message its sentence vector. Config: `cache`, the folder of exported encoders."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """A component that has yet to be trained."""
        return cls(config, model_storage, resource, execution_context.node_name)

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource, name: str) -> None:
        self._config, self._storage, self._resource, self._name = config, storage, resource, name
        self._encoder: Encoder | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See `GraphComponent.get_default_config`."""
        return {"cache": "models/encoder"}

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str:
        """Rasa keeps trained parts; this one depends on the exported graph too."""
        return export.NAME + _code()

    def train(self, training_data: TrainingData) -> Resource:
        """Exports the encoder at the first training on this machine, and stores it with the model."""
        files = export.encoder_files(Path(self._config["cache"]))
        with self._storage.write_to(self._resource) as folder:
            for file in files:
                shutil.copyfile(file, folder / file.name)
        self._encoder = Encoder(*files)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceEncoder:
        """The component as it was stored with the model."""
        component = cls(config, model_storage, resource, execution_context.node_name)
        with model_storage.read_from(resource) as folder:
            files = folder / export.MODEL_FILE, folder / export.TOKENIZER_FILE
            component._encoder = Encoder(*files)
        return component

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds the vectors of all training examples."""
        self.process([message for message in training_data.training_examples if message.get(TEXT)])
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds each message's vector as its dense sentence features."""
        assert self._encoder is not None, "the encoder was neither trained nor loaded"
        texts = [message.get(TEXT) or "" for message in messages]
        vectors = known_vector(texts[0]) if len(texts) == 1 else None
        if vectors is None:
            vectors = self._encoder(texts)
        for message, vector in zip(messages, vectors, strict=True):
            message.add_features(Features(vector[None, :], FEATURE_TYPE_SENTENCE, TEXT, self._name))
        if len(messages) == 1 and (parts := questions(messages[0].get(TEXT) or "")):  # a message, no training data
            messages[0].set(_SEGMENTS, (parts, self._encoder(parts)))
        return messages


class _Stored(GraphComponent):
    """What the components that have learned something share: it is fitted in training, and stored with the model."""

    _FILE: str

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._learned: Any = None

    @classmethod
    def required_components(cls) -> list[type]:
        """It needs sentence vectors."""
        return [SentenceEncoder]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        """A component that has yet to be trained."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Self:
        """The component as it was stored with the model."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._learned = joblib.load(folder / cls._FILE)
        return component

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing later in the pipeline learns from what it says."""
        return training_data

    def _keep(self, learned: Any) -> Resource:
        self._learned = learned
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(learned, folder / self._FILE)
        return self._resource


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(_Stored):
    """Ranks the intents of a message from its sentence vector and its spelling. Config: `ranking_length`, `seed`."""

    _FILE = "head.joblib"

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See `GraphComponent.get_default_config`."""
        return {"ranking_length": 10, "seed": 7}

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str:
        """Rasa keeps trained parts; what this one stores is made of other modules' classes."""
        return _code()

    def train(self, training_data: TrainingData) -> Resource:
        """Fits the head on all examples that have an intent, and stores it with the model."""
        examples = [m for m in training_data.intent_examples if m.get(TEXT)]
        learned = LinearHead(self._config["seed"]).fit(
            [m.get(TEXT) for m in examples],
            _vectors(examples),
            [m.get(INTENT) for m in examples],
            groups=[_voice(m) for m in examples],
        )
        return self._keep(learned)

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets each message's intent and the ranking of the others."""
        learned: LinearHead = self._learned
        rankings = learned.rank([m.get(TEXT) or "" for m in messages], _vectors(messages))
        for message, ranking in zip(messages, rankings, strict=True):
            if (found := message.get(_SEGMENTS)) is not None:
                asked = [ranked[0] for ranked in learned.rank(*found)]
                message.set(QUESTIONS, [name for name, share in asked if share >= _CLEAR], add_to_output=True)
            likeliest = ranking[: self._config["ranking_length"]]
            named = [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: share} for name, share in likeliest]
            message.set(INTENT, named[0], add_to_output=True)
            message.set(INTENT_RANKING, named, add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class UrgencyJudge(_Stored):
    """Lets the urgency of what is described decide between symptoms and questions, whatever the intent model says.

    A red flag becomes the symptom's intent; where there is no symptom, none is left in the ranking. The gateway sends
    its own assessment along, which knows the conversation; without one (Rasa's shell, say) the message is judged here.
    It stands behind IntentClassifier. Config: `cache` as SentenceEncoder's, `seed`.
    """

    _FILE = triage_model.FILE

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        super().__init__(config, storage, resource)
        self._rules = rules.load()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See `GraphComponent.get_default_config`."""
        return {"cache": "models/encoder", "seed": 7}

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str:
        """Rasa keeps trained parts; this one depends on its own examples too."""
        return triage_model.digest() + _code()

    def train(self, training_data: TrainingData) -> Resource:
        """Fits the model on data/nlu, where all but the symptoms' intents is none, and on the triage's own examples."""
        messages = [m for m in training_data.intent_examples if m.get(TEXT)]
        own = triage_examples.read()
        encoder = Encoder(*export.encoder_files(Path(self._config["cache"])))
        labelled = triage_model.from_intents(
            [m.get(TEXT) for m in messages], [m.get(INTENT) for m in messages], [_voice(m) for m in messages]
        )
        vectors = np.concatenate([_vectors(messages), encoder([e.text for e in own])])
        return self._keep(UrgencyModel(self._config["seed"]).fit([*labelled, *own], vectors))

    def process(self, messages: list[Message]) -> list[Message]:
        """Corrects each message's ranking by its urgency."""
        triage = Triage(self._rules, self._learned)
        for message in messages:
            judged = (message.get("metadata") or {}).get("triage")
            if judged is None:
                assessment = self._judge(triage, message)
                judged = {"urgency": assessment.urgency, "category": assessment.category}
                message.set(TRIAGE, judged, add_to_output=True)
            urgency = judged["urgency"]
            ranking = message.get(INTENT_RANKING) or []
            others = [entry for entry in ranking if not entry[INTENT_NAME_KEY].startswith(SYMPTOM)]
            if urgency != "none":
                others = [{**e, PREDICTED_CONFIDENCE_KEY: e[PREDICTED_CONFIDENCE_KEY] * _LEFT} for e in others]
                others.insert(0, {INTENT_NAME_KEY: SYMPTOM + urgency, PREDICTED_CONFIDENCE_KEY: 1 - _LEFT})
            if others:
                message.set(INTENT, others[0], add_to_output=True)
                message.set(INTENT_RANKING, others, add_to_output=True)
        return messages

    @staticmethod
    def _judge(triage: Triage, message: Message) -> Assessment:
        return triage.assess(message.get(TEXT) or "", vector=_vectors([message])[0])


def _code() -> str:
    """A hash of the modules whose objects are stored: what they made before they changed can't be used with them."""
    digest = hashlib.sha256()
    for module in (encoder_module, export, head, terms, triage_model):
        digest.update(inspect.getsource(module).encode())
    return digest.hexdigest()


def _voice(message: Message) -> str:
    """Who wrote a training example, as its block's metadata in data/nlu says."""
    metadata = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
    return str(metadata.get("voice", ""))


def _vectors(messages: list[Message]) -> Vectors:
    rows = []
    for message in messages:
        _, features = message.get_dense_features(TEXT)
        assert features is not None, "a message has no sentence vector: SentenceEncoder must come first"
        rows.append(features.features[0])
    return np.stack(rows)
