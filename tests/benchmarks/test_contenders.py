from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from benchmarks import contenders
from benchmarks.contenders.base import parsed_by_rasa
from benchmarks.contenders.stock_rasa import StockRasa
from benchmarks.contenders.tfidf import TfIdf, threshold, train
from benchmarks.figures import Parsed
from bot.nlu import examples
from bot.nlu.examples import Example

TRAINING = [
    Example("how soon does it work", "onset", "a"),
    Example("how soon will it work", "onset", "b"),
    Example("how soon can it work", "onset", "c"),
    Example("what are the risks", "risks_overview", "a"),
    Example("are there risks", "risks_overview", "b"),
    Example("tell me the risks", "risks_overview", "c"),
]


def test_each_contender_is_made_by_its_key(tmp_path: Path) -> None:
    assert [contenders.make(key, tmp_path).key for key in contenders.ALL] == list(contenders.ALL)
    assert {"hipline", "stock_rasa", "nlp_js", "tfidf"} == set(contenders.ALL)


def test_in_stock_rasa_each_intent_has_a_response_a_rule_and_a_story(tmp_path: Path) -> None:
    StockRasa(tmp_path).prepare(TRAINING)
    read = YAML(typ="safe").load
    domain = read(tmp_path / "domain.yml")
    assert domain["intents"] == ["onset", "risks_overview"]
    assert set(domain["responses"]) == {"utter_onset", "utter_risks_overview", "utter_nlu_fallback"}
    rules = [[*step.values()] for rule in read(tmp_path / "data" / "rules.yml")["rules"] for step in rule["steps"]]
    assert rules[:4] == [["onset"], ["utter_onset"], ["risks_overview"], ["utter_risks_overview"]]
    stories = read(tmp_path / "data" / "stories.yml")["stories"]
    assert [story["steps"][0]["intent"] for story in stories] == domain["intents"]
    for story in stories:
        said = [step.get("intent") or step["action"] for step in story["steps"]]
        assert said[1::2] == [f"utter_{intent}" for intent in said[::2]]


def test_stock_rasa_has_the_components_of_rasa_s_own_template_and_is_told_with_its_threshold(tmp_path: Path) -> None:
    stock = StockRasa(tmp_path)
    stock.prepare(TRAINING)
    config = YAML(typ="safe").load(tmp_path / "config.yml")
    diet = next(part for part in config["pipeline"] if part["name"] == "DIETClassifier")
    assert diet["epochs"] == 100
    assert [part["name"] for part in config["policies"]] == ["MemoizationPolicy", "RulePolicy", "TEDPolicy"]
    assert stock.threshold().startswith(str(config["pipeline"][-1]["threshold"]))


def test_hipline_learns_from_the_comparison_s_data_alone(tmp_path: Path) -> None:
    contenders.make("hipline", tmp_path).prepare(TRAINING)
    assert examples.read(tmp_path / "project" / "data" / "nlu") == TRAINING
    assert list((tmp_path / "project" / "bot" / "triage" / "examples").glob("*.yml")) == []
    assert (tmp_path / "project" / "config.yml").is_file()


@pytest.mark.parametrize(
    ("answer", "parsed"),
    [
        (
            {"intent": {"name": "onset", "confidence": 0.9}, "intent_ranking": [{"name": "onset", "confidence": 0.9}]},
            Parsed("onset", 0.9, False),
        ),
        (
            {
                "intent": {"name": "nlu_fallback", "confidence": 0.7},
                "intent_ranking": [
                    {"name": "nlu_fallback", "confidence": 0.7},
                    {"name": "onset", "confidence": 0.3},
                ],
            },
            Parsed("onset", 0.3, True),
        ),
        ({"intent": {"name": "nlu_fallback", "confidence": 0.7}}, Parsed("", 0.0, True)),
    ],
)
def test_below_rasa_s_threshold_the_likeliest_intent_is_told_beside_the_doubt(
    answer: dict[str, object], parsed: Parsed
) -> None:
    assert parsed_by_rasa(answer) == parsed


def test_the_threshold_keeps_its_share_of_the_right_answers() -> None:
    right = [(True, share / 100) for share in range(100)]
    least = threshold([*right, (False, 0.001), (False, 0.999)], kept=0.9)
    assert sum(share >= least for _, share in right) == 90
    assert threshold([(False, 0.5)]) == 0.0


def test_tf_idf_learns_to_tell_intents_apart_and_its_threshold(tmp_path: Path) -> None:
    import joblib

    tfidf = TfIdf(tmp_path)
    tfidf.prepare(TRAINING)
    train(tmp_path)
    [file] = tfidf.model()
    model = joblib.load(file)
    assert list(model.predict(["how soon", "the risks"])) == ["onset", "risks_overview"]
    assert 0 < json.loads((tmp_path / "threshold.json").read_text()) < 1
