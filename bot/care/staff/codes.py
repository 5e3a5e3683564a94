"""Codes from an app on the telephone (TOTP), and recovery codes for the day when it is gone.

The secret that the app shares is made from a seed in the database and a key of this machine's: whoever reads the
database can make no codes.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets
from typing import Literal

import pyotp
import segno
from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from bot.care import audit
from bot.care.keys import digest
from bot.care.tables import RecoveryCode, Staff

STEP = 30  # seconds that a code is shown
RECOVERY = 10  # codes
How = Literal["code", "recovery code"]


class CodeError(ValueError):
    """A code was not the right one. The message says what to do."""


def begin(session: Session, account: Staff) -> None:
    """Makes a new seed, which counts for nothing until `turn_on`."""
    account.totp_pending = secrets.token_hex(16)
    session.flush()


def address(account: Staff, key: bytes, clinic: str) -> str:
    """The otpauth address that the app reads, of the seed that is pending."""
    return _totp(account.totp_pending, key).provisioning_uri(name=account.name, issuer_name=f"Hipline, {clinic}")


def secret(account: Staff, key: bytes) -> str:
    """The pending secret, in groups of four, for those who type it."""
    return re.sub(r"(.{4})(?=.)", r"\1 ", _totp(account.totp_pending, key).secret)


def picture(text: str) -> str:
    """A QR code of `text` as SVG markup, without styles."""
    return str(segno.make(text, error="m").svg_inline(scale=4, border=2, svgclass=None, lineclass=None, omitsize=True))


def turn_on(session: Session, account: Staff, code: str, key: bytes, at: dt.datetime) -> list[str]:
    """From now on a code is asked for. Returns the recovery codes, to be shown once. Raises `CodeError`."""
    if account.totp_pending is None:
        raise CodeError("Please begin again: there is no code to confirm.")
    step = _step(account.totp_pending, code, key, at)
    if step is None:
        raise CodeError(
            "This is not the code of now. Please look at the clock of your telephone, and try the next code."
        )
    account.totp_seed, account.totp_pending, account.totp_step = account.totp_pending, None, step
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == account.id))
    made = ["-".join(secrets.token_hex(2) for _ in range(4)) for _ in range(RECOVERY)]
    for one in made:
        session.add(RecoveryCode(hash=digest(_tidy(one)), staff_id=account.id))
    audit.write(session, account.name, "codes turned on", about=account.name, at=at)
    return made


def turn_off(session: Session, account: Staff, by: str, at: dt.datetime | None = None) -> None:
    """No code is asked for any more."""
    account.totp_seed = account.totp_pending = account.totp_step = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == account.id))
    audit.write(session, by, "codes turned off", about=account.name, at=at)


def use(session: Session, account: Staff, code: str, key: bytes, at: dt.datetime) -> How | None:
    """Which kind of code it was, and None for a wrong one. A code that was used before is wrong."""
    if account.totp_seed is None:
        return None
    step = _step(account.totp_seed, code, key, at)
    if step is not None:
        newer = or_(Staff.totp_step.is_(None), Staff.totp_step < step)
        done = session.execute(update(Staff).where(Staff.id == account.id, newer).values(totp_step=step))
        return "code" if done.rowcount == 1 else None
    own = (RecoveryCode.hash == digest(_tidy(code)), RecoveryCode.staff_id == account.id)
    return "recovery code" if session.execute(delete(RecoveryCode).where(*own)).rowcount == 1 else None


def _step(seed: str, code: str, key: bytes, at: dt.datetime) -> int | None:
    """The time step that the code belongs to: the present one, or one beside it where clocks differ."""
    totp, given = _totp(seed, key), re.sub(r"\s", "", code)
    present = int(at.timestamp()) // STEP
    fitting = [step for step in (present - 1, present, present + 1) if _same(totp.generate_otp(step), given)]
    return max(fitting, default=None)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _totp(seed: str, key: bytes) -> pyotp.TOTP:
    made = hmac.new(key, b"codes " + seed.encode(), hashlib.sha256).digest()[:20]
    return pyotp.TOTP(base64.b32encode(made).decode(), interval=STEP)


def _tidy(code: str) -> str:
    return re.sub(r"[^0-9a-z]", "", code.lower())
