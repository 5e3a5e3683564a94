"""A linear classifier on the sentence vector, with word and character features beside it.

The characters are what holds up under typing errors; the vector is what holds up under other words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, logsumexp, softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from bot.nlu.encoder import WIDTH, Vectors
from bot.nlu.terms import TermScores

# Weights of the parts and of the penalty, chosen on three voices held out (docs/understanding.md).
_DENSE, _CHARACTERS, _WORDS, _C = 2.0, 2.0, 3.0, 0.2
_MARKS = 2.0
_DEEPER = 1.2  # of the vector's parts behind the first, chosen on six voices held out
_MARKED = r"\S+"
_WORD = r"(?u)\b\w+\b"
_FOLDS = 3  # for the temperature


class LinearHead:
    """Fitted on texts, their vectors and their labels; ranks the labels of new texts with their probabilities.

    `marked` gives a text with marks on its words, which are learned beside the words themselves. `parts` says how
    many of the vector's parts are used. `merged` names the label that a finer one of the texts belongs to: the finer
    ones are learned, and those that they belong to are ranked.
    """

    def __init__(
        self,
        seed: int = 7,
        marked: Callable[[str], str] | None = None,
        parts: int = 1,
        merged: Callable[[str], str] = str,
    ) -> None:
        self._seed, self._marked, self._parts, self._merged = seed, marked, parts, merged
        self._temperature = 1.0

    def fit(
        self, texts: Sequence[str], vectors: Vectors, labels: Sequence[str], groups: Sequence[str] | None = None
    ) -> LinearHead:
        """Learns from `texts`, row i of `vectors` being that of text i; returns itself.

        `groups` says who wrote each text. Margins become probabilities by one temperature, fitted on texts by
        writers that the margins' model has not seen: a model is too sure of itself on voices that it knows.
        """
        names = np.array(labels)
        if groups is not None and len(set(groups)) >= _FOLDS:
            self._temperature = self._fit_temperature(texts, vectors, names, groups)
        self._fit_margins(texts, vectors, names)
        return self

    def rank(self, texts: Sequence[str], vectors: Vectors) -> list[list[tuple[str, float]]]:
        """For each text all labels with their probabilities, the likeliest first."""
        shares = softmax(self._margins(texts, vectors) * self._temperature, axis=1) @ self._members
        return [[(str(self._names[i]), float(row[i])) for i in np.argsort(-row)] for row in shares]

    def _fit_margins(self, texts: Sequence[str], vectors: Vectors, names: npt.NDArray[np.str_]) -> None:
        self._centre = vectors[:, WIDTH : WIDTH * self._parts].mean(axis=0)
        characters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True, max_features=60_000
        )
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=_WORD)
        views: list[tuple[TfidfVectorizer, float, Callable[[str], str]]] = [
            (characters, _CHARACTERS, _as_it_is),
            (words, _WORDS, _as_it_is),
        ]
        if self._marked is not None:
            marks = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=_MARKED, lowercase=False)
            views.append((marks, _MARKS, self._marked))
        dense = self._dense(vectors)
        sparse = [view.fit_transform([seen(text) for text in texts]) * weight for view, weight, seen in views]
        model = LinearSVC(C=_C, class_weight="balanced", random_state=self._seed)
        model.fit(sp.hstack([sp.csr_matrix(dense), *sparse], format="csr"), names)
        self._labels = model.classes_
        self._names, belongs = np.unique([self._merged(str(label)) for label in self._labels], return_inverse=True)
        self._members = np.eye(len(self._names), dtype=np.float32)[belongs]
        coefficients = model.coef_.astype(np.float32)
        self._intercept = model.intercept_.astype(np.float32)
        self._plane = np.ascontiguousarray(coefficients[:, : dense.shape[1]].T)
        self._terms, start = [], dense.shape[1]
        for (view, weight, seen), found in zip(views, sparse, strict=True):
            rows = np.ascontiguousarray(coefficients[:, start : start + found.shape[1]].T) * np.float32(weight)
            self._terms.append(TermScores(view, rows, seen))
            start += found.shape[1]

    def _fit_temperature(
        self, texts: Sequence[str], vectors: Vectors, names: npt.NDArray[np.str_], groups: Sequence[str]
    ) -> float:
        margins, wanted = [], []
        for known, new in GroupKFold(_FOLDS).split(vectors, names, list(groups)):
            fold = LinearHead(self._seed, self._marked, self._parts, self._merged)
            fold._fit_margins([texts[i] for i in known], vectors[known], names[known])
            place = {name: column for column, name in enumerate(fold._names)}
            new = [i for i in new if self._merged(names[i]) in place]
            margins.append(fold._margins([texts[i] for i in new], vectors[new]))
            # What its label's finer ones are to add up to.
            wanted.append(fold._members[:, [place[self._merged(names[i])] for i in new]].T > 0)

        def surprise(log_temperature: float) -> float:
            scale = np.exp(log_temperature)
            losses = [
                -logsumexp(log_softmax(m * scale, axis=1), axis=1, b=w) for m, w in zip(margins, wanted, strict=True)
            ]
            return float(np.mean(np.concatenate(losses)))

        return float(np.exp(minimize_scalar(surprise, bounds=(-2.0, 4.0), method="bounded").x))

    def _margins(self, texts: Sequence[str], vectors: Vectors) -> npt.NDArray[np.float32]:
        margins = self._dense(vectors) @ self._plane + self._intercept
        for row, text in zip(margins, texts, strict=True):
            for terms in self._terms:
                row += terms(text)
        # Two labels have one margin: the second against the first.
        return np.hstack([-margins, margins]) if margins.shape[1] == 1 else margins

    def _dense(self, vectors: Vectors) -> Vectors:
        """The sentence vector, and the other parts with what all sentences have in common taken away, at length 1."""
        blocks = [vectors[:, :WIDTH] * _DENSE]
        for start in range(WIDTH, WIDTH * self._parts, WIDTH):
            block = vectors[:, start : start + WIDTH] - self._centre[start - WIDTH : start]
            blocks.append(block * (_DEEPER / np.maximum(np.linalg.norm(block, axis=1, keepdims=True), 1e-9)))
        return np.hstack(blocks)


def _as_it_is(text: str) -> str:
    return text
