from __future__ import annotations

import pytest

from bot.care.staff import passwords
from bot.care.staff.passwords import PasswordError, Passwords
from tests.care.staff.conftest import QUICK


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "eleven-char",
        "password1234",
        "PassWord2026!!",
        "Welcome-Welcome-1",
        "qwertyuiop123456",
        "123456789012",
        "aaaaaaaaaaaaaa",
        "abababababab",
        "Hip Clinic Front Desk",
        "nina-nina-nina-9",
        "x" * 300,
    ],
)
def test_what_would_be_tried_first_is_no_password(password: str) -> None:
    with pytest.raises(PasswordError, match=r"Please choose|too easy"):
        passwords.check(password, "Nina Novak")


@pytest.mark.parametrize(
    "password",
    [
        "sunny river 7 table",
        "my password is a long one",
        "kX9#mq2!vL0p",
        "größer-als-früher",
        "密码要很长才能让人猜不到",
    ],
)
def test_what_nobody_guesses_is_one(password: str) -> None:
    passwords.check(password, "Nina Novak")


def test_a_password_fits_what_was_kept_of_it_and_no_other_does() -> None:
    kept = QUICK.hashed("sunny river 7 table")
    assert kept.startswith("$argon2id$")
    assert "sunny" not in kept
    assert QUICK.verify(kept, "sunny river 7 table")
    assert not QUICK.verify(kept, "sunny river 7 tablf")
    assert not QUICK.verify(kept, "")


def test_the_same_password_is_never_kept_in_the_same_form() -> None:
    assert QUICK.hashed("sunny river 7 table") != QUICK.hashed("sunny river 7 table")


def test_a_letter_typed_as_two_characters_is_the_same_letter() -> None:
    assert QUICK.verify(QUICK.hashed("caf\u00e9 du lac bleu"), "cafe\u0301 du lac bleu")


def test_where_nothing_or_nonsense_is_kept_no_password_fits() -> None:
    assert not QUICK.verify(None, "sunny river 7 table")
    assert not QUICK.verify("nonsense", "sunny river 7 table")


def test_what_was_kept_under_weaker_parameters_is_outdated() -> None:
    usual = Passwords()
    assert usual.is_outdated(QUICK.hashed("sunny river 7 table"))
    assert not usual.is_outdated(usual.hashed("sunny river 7 table"))
    assert usual.verify(QUICK.hashed("sunny river 7 table"), "sunny river 7 table")
