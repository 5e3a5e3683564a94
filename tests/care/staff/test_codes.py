from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from sqlalchemy.engine import Engine

from bot.care.database import Store
from bot.care.staff import codes
from bot.care.staff.codes import CodeError
from bot.care.tables import Staff
from tests.care.staff.conftest import KEY, NOON, Make, acts

STEP = dt.timedelta(seconds=codes.STEP)


class Telephone:
    """An app for codes that has read the picture of an account."""

    def __init__(self, store: Store, account: Staff) -> None:
        self.store, self.id = store, account.id
        with store.write() as session:
            own = session.get(Staff, self.id)
            codes.begin(session, own)
            self.address = codes.address(own, KEY, "Lakeside")
            self.secret = codes.secret(own, KEY)
        self.totp = pyotp.parse_uri(self.address)

    def code(self, at: dt.datetime = NOON) -> str:
        return str(self.totp.at(at))

    def turn_on(self, code: str, at: dt.datetime = NOON) -> list[str]:
        with self.store.write() as session:
            return codes.turn_on(session, session.get(Staff, self.id), code, KEY, at)

    def use(self, code: str, at: dt.datetime = NOON, key: bytes = KEY) -> str | None:
        with self.store.write() as session:
            return codes.use(session, session.get(Staff, self.id), code, key, at)


@pytest.fixture
def telephone(store: Store, make: Make) -> Telephone:
    return Telephone(store, make())


def test_the_picture_holds_the_account_the_clinic_and_the_secret(telephone: Telephone) -> None:
    address = urlsplit(telephone.address)
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert unquote(address.path) == "/Hipline, Lakeside:Nina Novak"
    assert parse_qs(address.query)["secret"] == [telephone.secret.replace(" ", "")]


def test_the_picture_is_markup_without_styles_and_scripts(telephone: Telephone) -> None:
    picture = codes.picture(telephone.address)
    assert picture.startswith("<svg")
    assert "viewBox" in picture
    assert not re.search(r"style|script|on\w+=|href", picture)


def test_codes_count_from_the_first_right_one_on(telephone: Telephone, store: Store) -> None:
    assert telephone.use(telephone.code()) is None
    with pytest.raises(CodeError, match="clock of your telephone"):
        telephone.turn_on("000000" if telephone.code() != "000000" else "111111")
    telephone.turn_on(telephone.code())
    assert telephone.use(telephone.code(NOON + STEP), NOON + STEP) == "code"
    assert acts(store, "Nina Novak") == ["codes turned on"]


def test_each_code_counts_once_and_none_that_is_older_counts_later(telephone: Telephone) -> None:
    telephone.turn_on(telephone.code())
    assert telephone.use(telephone.code()) is None  # it turned the codes on
    later = NOON + 3 * STEP
    assert telephone.use(telephone.code(later), later) == "code"
    assert telephone.use(telephone.code(later), later) is None
    assert telephone.use(telephone.code(later - STEP), later) is None


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_one_step(telephone: Telephone, steps: int, fits: bool) -> None:
    telephone.turn_on(telephone.code())
    at = NOON + 10 * STEP
    assert (telephone.use(telephone.code(at + steps * STEP), at) == "code") is fits


def test_a_code_may_be_typed_with_a_space(telephone: Telephone) -> None:
    telephone.turn_on(telephone.code())
    code = telephone.code(NOON + STEP)
    assert telephone.use(f" {code[:3]} {code[3:]} ", NOON + STEP) == "code"


@pytest.mark.parametrize("code", ["", "0", "abcdef", "１２３４５６", "\x00", "-" * 64])
def test_what_is_no_code_is_refused(telephone: Telephone, code: str) -> None:
    telephone.turn_on(telephone.code())
    assert telephone.use(code, NOON + STEP) is None


def test_ten_recovery_codes_count_once_each(telephone: Telephone) -> None:
    made = telephone.turn_on(telephone.code())
    assert len(set(made)) == 10
    assert telephone.use(made[0].upper().replace("-", " ")) == "recovery code"
    assert telephone.use(made[0]) is None
    assert [telephone.use(one) for one in made[1:]] == ["recovery code"] * 9


def test_a_recovery_code_is_its_owner_s_alone(telephone: Telephone, store: Store, make: Make) -> None:
    made = telephone.turn_on(telephone.code())
    other = Telephone(store, make("Ada"))
    other.turn_on(other.code())
    assert other.use(made[0]) is None
    assert telephone.use(made[0]) == "recovery code"


@pytest.mark.sqlite
def test_whoever_has_the_database_alone_can_make_no_codes(telephone: Telephone, engine: Engine) -> None:
    made = telephone.turn_on(telephone.code())
    kept = b"".join(file.read_bytes() for file in Path(engine.url.database).parent.iterdir())
    for secret in (telephone.secret.replace(" ", ""), *made):
        assert secret.encode() not in kept
    assert telephone.use(telephone.code(NOON + STEP), NOON + STEP, key=b"another machine's") is None


def test_turned_off_nothing_of_it_counts_any_more(telephone: Telephone, store: Store) -> None:
    made = telephone.turn_on(telephone.code())
    with store.write() as session:
        codes.turn_off(session, session.get(Staff, telephone.id), by="Ada")
    assert telephone.use(telephone.code(NOON + STEP), NOON + STEP) is None
    assert telephone.use(made[0]) is None
    with pytest.raises(CodeError, match="begin again"):
        telephone.turn_on(telephone.code(NOON + STEP), NOON + STEP)


def test_a_new_telephone_takes_the_place_of_the_old_one_with_its_first_code(telephone: Telephone, store: Store) -> None:
    old = telephone.turn_on(telephone.code())
    with store.read() as session:
        new = Telephone(store, session.get(Staff, telephone.id))
    assert telephone.use(telephone.code(NOON + STEP), NOON + STEP) == "code"  # the old one holds until then
    new.turn_on(new.code(NOON + 2 * STEP), NOON + 2 * STEP)
    assert telephone.use(telephone.code(NOON + 3 * STEP), NOON + 3 * STEP) is None
    assert telephone.use(old[0]) is None
    assert new.use(new.code(NOON + 3 * STEP), NOON + 3 * STEP) == "code"
