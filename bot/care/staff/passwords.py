"""Passwords: which ones are good enough, and how they are kept (argon2)."""

from __future__ import annotations

import functools
import re
import secrets
import unicodedata
from pathlib import Path
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import BaseModel, Extra, Field

from bot import datafiles

FILE = Path(__file__).parent / "passwords.yml"
LONGEST = 256  # characters
_DIFFERENT = 5  # characters, at least


class PasswordError(ValueError):
    """A password is not good enough. The message says why, as a sentence for the person who chose it."""


class Rules(BaseModel, extra=Extra.forbid):
    """What `passwords.yml` holds."""

    minimum: int = Field(ge=8, le=64, description="The shortest password, in characters.")
    hopeless: list[str] = Field(min_items=1, description="Words that alone, or one after the other, are no password.")


@functools.cache
def rules() -> Rules:
    """The rules of the file. Raises `DataFileError`."""
    return datafiles.load(FILE, Rules)


def check(password: str, name: str = "") -> None:
    """Raises `PasswordError` where `password` is not good enough for the account called `name`."""
    plain = _normal(password)
    if len(plain) < rules().minimum:
        raise PasswordError(f"Please choose a password of at least {rules().minimum} characters.")
    if len(plain) > LONGEST:
        raise PasswordError(f"Please choose a password of at most {LONGEST} characters.")
    words = [*rules().hopeless, *(part for part in re.findall(r"[^\W_]+", name.casefold()) if len(part) > 1)]
    core = re.sub(r"[\W_]+", "", plain.casefold())
    if (
        len(set(plain)) < _DIFFERENT
        or core in "0123456789012345678901234567890"
        or re.fullmatch(f"(?:{'|'.join(map(re.escape, words))})+[0-9]*", core)
    ):
        raise PasswordError(
            "This password is too easy to guess. Four words that have nothing to do with each other do."
        )


class Passwords:
    """How passwords are kept: argon2id, with the parameters of `hasher` or else those of RFC 9106 for little memory."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._stand_in = ""
        self._making = Lock()

    def hashed(self, password: str) -> str:
        """What is kept of a password. Takes some 100 ms and 64 MiB, on purpose."""
        return self._hasher.hash(_normal(password))

    def verify(self, kept: str | None, password: str) -> bool:
        """Whether `password` is the one that `kept` was made of. Takes as long where nothing is kept."""
        with self._making:  # for every first one, known or not
            self._stand_in = self._stand_in or self.hashed(secrets.token_hex(16))
        try:
            fits = self._hasher.verify(kept or self._stand_in, _normal(password)[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
        return fits and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed with other parameters than one would be today."""
        return self._hasher.check_needs_rehash(kept)


def _normal(password: str) -> str:
    # The same password typed on another keyboard may come in another of Unicode's forms.
    return unicodedata.normalize("NFKC", password)
