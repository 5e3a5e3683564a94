"""What the page and its button are made of, put together once from the settings and the texts."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import Request
from fastapi.responses import Response

from bot.gateway.errors import Problem
from bot.gateway.templating import headers
from bot.settings import Settings
from bot.speech import Speech

HERE = Path(__file__).parent
_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
_THEME = """:root {{ --own: {color}; --own-ink: {text}; }}
@media (prefers-color-scheme: dark) {{ :root {{ --own: {dark}; --own-ink: {dark_text}; }} }}
"""


@dataclass(frozen=True)
class Asset:
    """A file that a browser may keep, but asks about each time: by its ETag it learns that nothing has changed."""

    content: bytes
    kind: str
    headers: dict[str, str] = field(default_factory=dict)

    def response(self, request: Request) -> Response:
        """The file, compressed where the browser takes that; or 304 where it has it."""
        etag = f'"{hashlib.sha256(self.content).hexdigest()[:24]}"'
        headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding", **self.headers}
        known = request.headers.get("if-none-match", "")
        if etag in {one.strip().removeprefix("W/") for one in known.split(",")}:
            return Response(status_code=304, headers=headers)
        content = self.content
        if "gzip" in request.headers.get("accept-encoding", ""):
            content, headers["Content-Encoding"] = gzip.compress(content, mtime=0), "gzip"
        return Response(content, media_type=self.kind, headers=headers)


class Streams:
    """How many streams of events are open: a visitor has a few pages, and a process room for so many visitors."""

    def __init__(self, most: int = 2000, each: int = 8) -> None:
        self._most, self._each = most, each
        self._open: Counter[str] = Counter()

    def check(self, name: str) -> None:
        """Raises `Problem` 429 or 503 where one more would be one too many."""
        if self._open[name] >= self._each:
            raise Problem(429, "This conversation is open in too many pages. Please close some.", {"Retry-After": "20"})
        if self._open.total() >= self._most:
            raise Problem(503, "Too many pages are open at once. Please try again.", {"Retry-After": "20"})

    @contextmanager
    def one_of(self, name: str) -> Iterator[None]:
        """Counts a stream meanwhile."""
        self._open[name] += 1
        try:
            yield
        finally:
            self._open[name] -= 1
            if not self._open[name]:
                del self._open[name]


@dataclass(frozen=True)
class Widget:
    """The chat of this clinic. `origins` are the websites that may show it."""

    words: dict[str, str]
    origins: tuple[str, ...]
    launcher: Asset
    theme: Asset
    logo: Asset | None
    remember: str
    streams: Streams = field(default_factory=Streams)

    @property
    def policy(self) -> dict[str, str]:
        """The headers of the page within other websites."""
        return headers(" ".join(["'self'", *self.origins]))

    @property
    def wording(self) -> str:
        """What patients agree to, as it stands on the page."""
        return self.words["consent"]

    @property
    def wording_id(self) -> str:
        """A short name for exactly that wording."""
        return hashlib.sha256(self.wording.encode()).hexdigest()[:16]


def of(clinic: Settings, speech: Speech) -> Widget:
    """The chat of a clinic. Reads the files that it is made of."""
    words = speech.page(clinic.widget_name)
    if clinic.widget_greeting:
        words["greeting"] = clinic.widget_greeting
    return Widget(
        words=words,
        origins=tuple(clinic.widget_origins.split()),
        launcher=_launcher(clinic, words),
        theme=_theme(clinic),
        logo=_logo(clinic.widget_logo),
        remember=clinic.widget_remember,
    )


def _launcher(clinic: Settings, words: dict[str, str]) -> Asset:
    setup = {
        "position": clinic.widget_position,
        "colors": [
            *(clinic.widget_color, clinic.widget_color_text),
            *(clinic.widget_color_dark, clinic.widget_color_dark_text),
        ],
        "words": {name: words[name] for name in ("title", "launcher", "launcher_unread", "close")},
    }
    script = (HERE / "launcher.js").read_text(encoding="utf-8").replace("__SETUP__", json.dumps(setup))
    # Other websites load it: their pages may ask that whatever they load allows it.
    return Asset(script.encode(), "text/javascript; charset=utf-8", {"Cross-Origin-Resource-Policy": "cross-origin"})


def _theme(clinic: Settings) -> Asset:
    style = _THEME.format(
        color=clinic.widget_color,
        text=clinic.widget_color_text,
        dark=clinic.widget_color_dark,
        dark_text=clinic.widget_color_dark_text,
    )
    return Asset(style.encode(), "text/css; charset=utf-8")


def _logo(file: Path | None) -> Asset | None:
    if file is None:
        return None
    # A drawing may hold a script, which runs where somebody opens it by itself.
    policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
    return Asset(file.read_bytes(), _TYPES[file.suffix.lower()], policy)
