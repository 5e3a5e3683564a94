from __future__ import annotations

import io

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.terms import TermScores

TEXTS = ["does it hurt", "will the shot hurt, will it", "how long does it last", "who gives the shot"]


def fitted(**options: object) -> TfidfVectorizer:
    return TfidfVectorizer(sublinear_tf=True, **options).fit(TEXTS)


def scores(view: TfidfVectorizer) -> tuple[TermScores, np.ndarray]:
    rows = np.random.default_rng(3).normal(size=(len(view.vocabulary_), 5)).astype(np.float32)
    return TermScores(view, rows, str.lower), rows


VIEWS = [{"analyzer": "char_wb", "ngram_range": (2, 5), "min_df": 2}, {"ngram_range": (1, 2)}]


@pytest.mark.parametrize("options", VIEWS)
@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["does", "it", "hurt", "hurt", "hurt", "shot", "long", "WILL"])).map(" ".join)
)
def test_it_is_what_scikit_learn_makes_of_any_text(options: dict[str, object], text: str) -> None:
    view = fitted(**options)
    quick, rows = scores(view)
    terms = view.transform([text.lower()])
    assert np.allclose(quick(text), (terms @ rows)[0], rtol=0, atol=np.max(abs(terms) @ abs(rows)) / 2_000 + 1e-5)
    kept = rows.astype(np.float16).astype(np.float32)
    assert np.allclose(quick(text), (terms @ kept)[0], atol=1e-5)


def test_it_survives_being_stored() -> None:
    quick, _ = scores(fitted(**VIEWS[0]))
    kept = io.BytesIO()
    joblib.dump(quick, kept)
    kept.seek(0)
    again = joblib.load(kept)
    assert np.array_equal(again("does it hurt"), quick("does it hurt"))


def test_a_text_of_unknown_terms_adds_nothing() -> None:
    quick, _ = scores(fitted(**VIEWS[1]))
    assert quick("zzz") == 0.0


def test_a_word_that_it_has_seen_counts_as_before_and_is_not_stored() -> None:
    quick, _ = scores(fitted(**VIEWS[0]))
    before = quick("does Margaret hurt")
    assert np.array_equal(quick("does Margaret hurt"), before)
    assert "margaret" in quick._known
    kept = io.BytesIO()
    joblib.dump(quick, kept)
    assert b"margaret" not in kept.getvalue()
    kept.seek(0)
    assert np.array_equal(joblib.load(kept)("does Margaret hurt"), before)
