"""Whether words in one colour can be read on another, as WCAG 2.2 has it."""

from __future__ import annotations

READABLE = 4.5  # the least contrast of words, level AA


def contrast(one: str, other: str) -> float:
    """The contrast of two colours such as #0b5a7d: from 1 (the same) to 21 (black and white)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
