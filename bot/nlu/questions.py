"""The questions within a message: people ask two at once."""

from __future__ import annotations

import re

LEAST_WORDS = 3
MOST = 6  # the last ones: questions stand at the end of a story
_ASKING = "what|whats|how|hows|when|whens|why|who|whos|where|which|is|are|do|does|did|can|could|will|would|any"
_QUESTION = re.compile(rf"(?:(?:and|also|but|so|ok|oh)\s+)*(?:{_ASKING})\b", re.IGNORECASE)
# A second question in one sentence begins with one of those words, after a comma or an "and".
_JOINT = re.compile(rf"(?:,|\band\b|\balso\b|&|\bplus\b|\bn\b)\s+(?=(?:{_ASKING})\b)", re.IGNORECASE)
_END = re.compile(r"(?<=[?!;\n])\s*|(?<=[a-z)])\.\s+", re.IGNORECASE)


def questions(text: str) -> list[str]:
    """The parts of `text` that are questions of their own, in their order; empty where there is but one."""
    parts = [part.strip(" ,") for sentence in _END.split(text) for part in _JOINT.split(sentence)]
    asked = [part for part in parts if len(part.split()) >= LEAST_WORDS and _is_question(part)]
    return asked[-MOST:] if len(asked) > 1 else []


def _is_question(part: str) -> bool:
    return part.endswith("?") or bool(_QUESTION.match(part))
