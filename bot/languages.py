"""Which language is a message in, that is not in English? For the line that says so in that language."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

# The ten languages most spoken at home in the United States beside English (American Community Survey).
SPOKEN = ("es", "zh", "tl", "vi", "ar", "fr", "ko", "ru", "pt", "ht")
# Others that people write, so that Polish is not taken for the nearest of the ten. A few near relatives (Catalan,
# Galician, Ukrainian) are left out: their readers are better served by the relative's line than by English.
_OTHERS = (
    *("en", "de", "it", "pl", "ja", "hi", "nl", "fa", "ur", "bn", "el", "he"),
    *("th", "tr", "sv", "ro", "hu", "cs", "gu", "pa", "ta", "te", "am"),
)
_SURE = 0.7  # below that, a line in a wrong language is worse than one in English


def detect(text: str) -> str | None:
    """The code of the language among `SPOKEN` that `text` is in, or None where it is in none of them for sure."""
    language, share = _identifier().classify(text)
    return str(language) if language in SPOKEN and share >= _SURE else None


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    found.set_languages([*_OTHERS, *SPOKEN])
    return found
