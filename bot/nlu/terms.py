"""What the terms of one text add to each label's margin: a fitted TfidfVectorizer and its coefficients, made quick.

scikit-learn builds half a dozen sparse matrices for each text, which takes ten times as long as the arithmetic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer


class TermScores:
    """Takes the place of `view.transform([seen(text)]) @ rows`, `view` having sublinear counts and length 1.

    Row i of `rows` are the coefficients of the vocabulary's term i.
    """

    def __init__(self, view: TfidfVectorizer, rows: npt.NDArray[np.float32], seen: Callable[[str], str]) -> None:
        view.stop_words_ = None  # the terms that were too rare: more than those that were kept
        self._analyze, self._seen = view.build_analyzer(), seen
        self._places: dict[str, int] = view.vocabulary_
        self._idf = view.idf_.astype(np.float32)
        self._rows = rows

    def __call__(self, text: str) -> npt.NDArray[np.float32] | float:
        """What `text` adds to each margin."""
        places = self._places
        counts = Counter([places[term] for term in self._analyze(self._seen(text)) if term in places])
        if not counts:
            return 0.0
        found = np.fromiter(counts, dtype=np.intp, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1.0 + np.log(times)) * self._idf[found]
        values /= np.sqrt(values @ values)
        scores: npt.NDArray[np.float32] = values @ self._rows[found]
        return scores
