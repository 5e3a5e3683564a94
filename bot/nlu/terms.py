"""What the terms of one text add to each label's margin: a fitted TfidfVectorizer and its coefficients, made quick.

scikit-learn builds half a dozen sparse matrices for each text, which takes ten times as long as the arithmetic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer

_REMEMBERED = 8_192  # words
_LONGEST = 24  # letters of a word that is remembered


class TermScores:
    """Takes the place of `view.transform([seen(text)]) @ rows`, `view` having sublinear counts and length 1.

    Row i of `rows` are the coefficients of the vocabulary's term i. They are kept as numbers of 16 bits, each right
    to one part in two thousand, since they are most of a model.
    """

    def __init__(self, view: TfidfVectorizer, rows: npt.NDArray[np.float32], seen: Callable[[str], str]) -> None:
        view.stop_words_ = None  # the terms that were too rare: more than those that were kept
        self._analyze, self._seen = view.build_analyzer(), seen
        self._places: dict[str, int] = view.vocabulary_
        self._idf = view.idf_.astype(np.float32)
        self._rows = rows.astype(np.float16)
        # Characters within words: each word has the same terms wherever it stands, and most words come again.
        self._by_word = view.analyzer == "char_wb"
        self._known: dict[str, list[int]] = {}

    def __call__(self, text: str) -> npt.NDArray[np.float32] | float:
        """What `text` adds to each margin."""
        counts = Counter(self._found(self._seen(text)))
        if not counts:
            return 0.0
        found = np.fromiter(counts, dtype=np.intp, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1.0 + np.log(times)) * self._idf[found]
        values /= np.sqrt(values @ values)
        scores: npt.NDArray[np.float32] = values @ self._rows[found].astype(np.float32)
        return scores

    def _found(self, text: str) -> list[int]:
        """The places of the terms of `text`, each as often as it stands there."""
        if not self._by_word:
            return self._look_up(text)
        found: list[int] = []
        for word in text.split():
            if (places := self._known.get(word)) is None:
                places = self._look_up(word)
                if len(word) <= _LONGEST and len(self._known) < _REMEMBERED:
                    self._known[word] = places
            found += places
        return found

    def _look_up(self, text: str) -> list[int]:
        places = self._places
        return [places[term] for term in self._analyze(text) if term in places]

    def __getstate__(self) -> dict[str, Any]:
        """As it was fitted: the words that it remembers may be a patient's."""
        return {**self.__dict__, "_known": {}}
