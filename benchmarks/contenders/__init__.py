"""Those that are compared, each in processes of its own, asked over HTTP on loopback."""

from __future__ import annotations

from pathlib import Path

from benchmarks.contenders.base import Contender
from benchmarks.contenders.hipline import Hipline
from benchmarks.contenders.nlp_js import NlpJs
from benchmarks.contenders.stock_rasa import StockRasa
from benchmarks.contenders.tfidf import TfIdf

ALL: dict[str, type[Contender]] = {kind.key: kind for kind in (Hipline, StockRasa, NlpJs, TfIdf)}


def make(key: str, folder: Path) -> Contender:
    """The contender of that key, which keeps its files in `folder`."""
    return ALL[key](folder)
