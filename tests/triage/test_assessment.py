"""The assessment: how the layers stand in for one another, and what came before."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest

from bot.nlu import export
from bot.nlu.encoder import PARTS, WIDTH, Vectors
from bot.settings import ROOT
from bot.triage import assessment, model, rules
from bot.triage.assessment import Triage, TriageError
from bot.triage.examples import Label
from bot.triage.judgement import Earlier, Thresholds, load_thresholds
from bot.triage.model import UrgencyModel

NOTHING: dict[Label, float] = {"none": 1.0, "routine": 0.0, "urgent": 0.0, "emergency": 0.0, "crisis": 0.0}


class Learned:
    """In the place of a trained model: probabilities by text."""

    def __init__(self, known: dict[str, dict[str, float]]) -> None:
        self._known = known

    def shares(self, texts: Sequence[str], vectors: Vectors) -> list[dict[Any, float]]:
        return [{**NOTHING, **self._known.get(text, {})} for text in texts]

    def category(self, text: str, vector: Vectors) -> str:
        return "bruise"


def encode(texts: Sequence[str]) -> Vectors:
    return np.zeros((len(texts), WIDTH * PARTS), dtype=np.float32)


def triage(**known: dict[str, float]) -> Triage:
    texts = {name.replace("_", " "): shares for name, shares in known.items()}
    return Triage(rules.load(), Learned(texts), encode)  # type: ignore[arg-type]


def test_without_a_model_the_words_alone_are_judged() -> None:
    judged = Triage(rules.load()).assess("I can't breathe since the shot")
    assert (judged.urgency, judged.category, judged.shares) == ("emergency", "breathing", None)
    assert judged.is_red


def test_a_model_that_fails_leaves_the_words() -> None:
    class Broken(Learned):
        def shares(self, texts: Sequence[str], vectors: Vectors) -> list[dict[Any, float]]:
            raise MemoryError

    broken = Triage(rules.load(), Broken({}), encode)  # type: ignore[arg-type]
    assert broken.assess("I can't breathe since the shot").urgency == "emergency"


def test_a_vector_that_is_on_its_way_is_judged_as_one_that_is_there() -> None:
    judge, vector = triage(it_is_a_pond={"emergency": 0.8, "none": 0.2}), encode(["it is a pond"])[0]
    awaited = judge.assess("it is a pond", vector=lambda: vector)
    assert awaited == judge.assess("it is a pond", vector=vector)
    assert awaited.encoded is not None
    assert awaited.encoded[1] is vector


def test_a_vector_that_could_not_be_made_is_made_anew() -> None:
    assert triage(it_is_a_pond={"emergency": 1.0}).assess("it is a pond", vector=lambda: None).is_red


def test_a_red_flag_that_no_word_foresees_is_the_models_to_find() -> None:
    judged = triage(it_is_a_pond_at_night={"emergency": 0.8, "none": 0.2}).assess("it is a pond at night")
    assert (judged.urgency, judged.category) == ("emergency", "bruise")
    assert judged.red == pytest.approx(0.8)


def test_thoughts_of_self_harm_have_their_own_category_whatever_the_model_says() -> None:
    judged = triage(goodbye_all={"crisis": 0.9, "none": 0.1}).assess("goodbye all")
    assert (judged.urgency, judged.category) == ("crisis", "self_harm")


def test_words_that_are_as_grave_as_the_whole_name_it() -> None:
    judge = triage(**{"I_can't_breathe": {"emergency": 0.9, "none": 0.1}})
    assert judge.assess("I can't breathe").category == "breathing"


def test_nobody_is_said_to_want_to_die_on_a_guess_at_the_category() -> None:
    class Guesses(Learned):
        def category(self, text: str, vector: Vectors) -> str:
            return "self_harm"

    judge = Triage(rules.load(), Guesses({"it is odd": {"urgent": 0.9, "none": 0.1}}), encode)  # type: ignore[arg-type]
    assert (judge.assess("it is odd").urgency, judge.assess("it is odd").category) == ("urgent", None)


def test_nothing_has_no_category() -> None:
    assert triage().assess("how long does it last").category is None


def test_what_is_almost_a_red_flag_is_one_to_ask_about() -> None:
    judge = triage(is_it_red={"urgent": 0.05, "none": 0.95}, how_long={"urgent": 0.01, "none": 0.99})
    assert judge.assess("is it red").is_unsure
    assert not judge.assess("how long").is_unsure


MILD = Earlier("it is sore", "routine", just_before=False)


def test_mild_and_then_worse_is_judged_together() -> None:
    judge = triage(
        **{
            "now_more": {"routine": 0.3, "none": 0.7},
            "it_is_sore\nnow_more": {"urgent": 0.6, "none": 0.4},
        }
    )
    assert judge.assess("now more").urgency == "none"
    together = judge.assess("now more", MILD)
    assert together.urgency == "urgent"
    assert together.joined


def test_what_speaks_of_no_symptom_is_not_joined_to_the_one_before() -> None:
    judge = triage(**{"it_is_sore\nthanks": {"urgent": 0.6, "none": 0.4}})
    assert judge.assess("thanks", MILD).urgency == "none"


def test_a_joined_message_never_says_less_than_the_message_alone() -> None:
    judge = triage(**{"I_fainted": {"emergency": 0.9, "none": 0.1}, "it_is_sore\nI_fainted": {"routine": 1.0}})
    assert judge.assess("I fainted", MILD).urgency == "emergency"


FELL = Earlier("I fell", "urgent", just_before=True)


def test_a_piece_that_adds_to_a_warning_sign_is_as_grave_as_that() -> None:
    judge = triage(**{"I_fell\non_the_left_side": {"urgent": 0.6, "none": 0.4}})
    adds = judge.assess("on the left side", FELL)
    assert (adds.urgency, adds.joined) == ("urgent", True)
    assert judge.assess("on the left side").urgency == "none"
    assert judge.assess("on the left side", replace(FELL, just_before=False)).urgency == "none"
    assert judge.assess("on the left side", replace(FELL, urgency="routine")).urgency == "none"


def test_a_piece_that_adds_to_an_emergency_never_lowers_it() -> None:
    judge = triage(**{"I_fell\non_the_left_side": {"urgent": 0.6, "none": 0.4}})
    assert judge.assess("on the left side", replace(FELL, urgency="emergency")).urgency == "emergency"
    crisis = judge.assess("on the left side", replace(FELL, urgency="crisis"))
    assert (crisis.urgency, crisis.category) == ("crisis", "self_harm")


def test_a_piece_that_makes_no_warning_sign_with_the_one_before_is_judged_alone() -> None:
    judge = triage(**{"I_fell\non_the_left_side": {"none": 1.0}})
    assert judge.assess("on the left side", replace(FELL, text="it is so")).urgency == "none"


def test_thresholds_outside_of_0_and_1_are_refused() -> None:
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        Thresholds(**{**load_thresholds().dict(), "red": 1.2})


def test_a_model_that_is_missing_or_none_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TriageError, match=r"gone\.tar\.gz can't be read .*: run \./hipline train"):
        assessment.of_model(tmp_path / "gone.tar.gz")
    (tmp_path / "broken.tar.gz").write_bytes(b"no archive")
    with pytest.raises(TriageError, match="can't be read"):
        assessment.of_model(tmp_path / "broken.tar.gz")
    with tarfile.open(tmp_path / "empty.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("components/one/encoder.onnx")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(TriageError, match=r"lacks tokenizer\.json, urgency\.joblib: run \./hipline train"):
        assessment.of_model(tmp_path / "empty.tar.gz")


def test_a_model_that_loads_and_cannot_judge_is_refused_at_once(tmp_path: Path) -> None:
    kept = io.BytesIO()
    joblib.dump(UrgencyModel(), kept)  # learned nothing: as one whose parts other code has stored
    files = export.encoder_files(ROOT / "models" / "encoder")
    contents = {file.name: file.read_bytes() for file in files} | {model.FILE: kept.getvalue()}
    with tarfile.open(tmp_path / "other.tar.gz", "w:gz", compresslevel=1) as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(f"components/one/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    with pytest.raises(TriageError, match=r"holds no model that can be used \(.*\): run \./hipline train"):
        assessment.of_model(tmp_path / "other.tar.gz")


def test_a_model_that_cannot_be_read_leaves_the_words_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HIPLINE_MODEL", str(tmp_path / "gone.tar.gz"))
    judge = assessment.from_environment()
    assert judge.is_degraded
    assert judge.assess("I can't breathe since the shot").urgency == "emergency"
    assert "judged by their words alone" in caplog.text
    monkeypatch.delenv("HIPLINE_MODEL")
    assert not assessment.from_environment().is_degraded


def test_a_model_that_is_cut_short_leaves_the_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as archive:
        content = np.random.default_rng(7).bytes(50_000)  # what can't be pressed together is cut in its midst
        member = tarfile.TarInfo("components/one/encoder.onnx")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    file = tmp_path / "cut.tar.gz"
    file.write_bytes(whole.getvalue()[:25_000])
    monkeypatch.setenv("HIPLINE_MODEL", str(file))
    judge = assessment.from_environment()
    assert judge.is_degraded
    assert judge.assess("I can't breathe since the shot").urgency == "emergency"
    assert "cut.tar.gz can't be read" in caplog.text


def test_every_file_of_the_triage_is_read_by_the_check() -> None:
    assessment.check_files()
