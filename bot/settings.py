"""The clinic's own settings, all in one place: a file (`clinic.yml`), and the environment, which wins."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Extra, Field, ValidationError, validator
from pydantic.fields import ModelField

from bot import datafiles, hours
from bot.colours import READABLE, contrast
from bot.datafiles import DataFileError
from bot.hours import Hours

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "HIPLINE_"
PICTURES = (".svg", ".png", ".jpg", ".jpeg", ".webp")


class SettingsError(ValueError):
    """A setting from the environment is wrong. The message names it and says what it takes."""


class Settings(BaseModel, extra=Extra.forbid, allow_mutation=False):
    """Every setting, with its default. Times are in seconds."""

    # Where Hipline runs
    host: str = Field("127.0.0.1", description="The address that the gateway listens on; 0.0.0.0 for all of them.")
    port: int = Field(8000, ge=1, le=65535, description="The gateway's port.")
    state: Path = Field(Path("var"), description="The folder for databases, logs and secrets.")
    models: Path = Field(Path("models"), description="The folder for trained models.")
    database: str = Field("", description="A SQLAlchemy URL; empty: an SQLite file in the state folder.")
    api_key: str = Field("", description="Where set, this key is accepted by the API, and none is generated.")
    knowledge_folder: Path | None = Field(None, description="A folder with the clinic's own topic and text files.")
    rasa_timeout: float = Field(4.0, gt=0, le=30, description="How long to wait for Rasa before answering without it.")
    visitor_limit: str = Field("30/minute", description="How many messages one visitor of the page may send.")

    # Who is told of a warning sign
    contacts: Path = Field(Path("contacts.yml"), description="The file that names who is told (docs/alerts.md).")
    public_url: str = Field("", description="Where Hipline is reached from outside; empty: its own address here.")
    alert_link_days: int = Field(7, ge=1, le=90, description="How many days the link in an alert works.")
    unanswered_after: float = Field(
        30.0, ge=1, le=3600, description="After how long the worker answers a message that the gateway left unanswered."
    )
    question_minutes: int = Field(
        30,
        ge=0,
        le=1440,
        description="After how many minutes silence counts as a yes to 'do you have that now?'; 0: never.",
    )

    # The desk, where the clinic's staff work
    desk_session_idle: float = Field(
        28800.0, ge=60, le=86400, description="After how long without use a session at the desk ends."
    )
    desk_session_limit: float = Field(
        86400.0, ge=60, le=604800, description="After how long a session at the desk ends, used or not."
    )

    # How soon a member of staff is to take a conversation that waits (docs/desk.md)
    desk_target_emergency: float = Field(
        300.0,
        ge=30,
        le=86400,
        description="How long an emergency may wait for the staff before the patient is told so.",
    )
    desk_target_urgent: float = Field(1800.0, ge=30, le=86400, description="The same for an urgent warning sign.")
    desk_target_person: float = Field(
        14400.0, ge=30, le=604800, description="The same for somebody who asks for a person, in opening hours."
    )
    desk_idle: float = Field(
        900.0,
        ge=30,
        le=86400,
        description="How long a taken conversation may wait for an answer before others are told.",
    )

    # When the clinic is there, and how long it keeps what was said
    time_zone: str = Field("UTC", description="The clinic's time zone, such as America/New_York.")
    office_hours: str = Field("", description="When it is open, such as Mon-Fri 08:00-17:00; Sat 09:00-12:00.")
    closed_days: str = Field("", description="When it is not: dates (2026-12-24), or days of each year (12-25).")
    telephone_region: str = Field("US", description="Where a telephone number without a country code belongs.")
    keep_days: int = Field(
        0, ge=0, le=36500, description="After how many days without a word a conversation is deleted; 0: never."
    )

    # The text line
    twilio_account: str = Field("", description="The account's SID at Twilio; empty: texts go to the console only.")
    twilio_token: str = Field("", description="Its auth token: a secret.")
    twilio_number: str = Field("", description="The number that texts come from, or a messaging service's SID.")
    twilio_api: str = Field("https://api.twilio.com", description="Where Twilio's API is.")
    twilio_answers_keywords: bool = Field(
        False, description="Whether Twilio itself answers STOP, START and HELP (docs/sms.md)."
    )
    sms_patience: float = Field(
        600.0, ge=0, le=86400, description="How long a text may wait for Rasa before it is told so."
    )

    # What the clinic tells about itself; what is empty is handed to a person
    clinic_name: str = Field("the clinic", description="The clinic's name, as it stands within a sentence.")
    clinic_phone: str = Field("", description="The number that patients ring.")
    clinic_email: str = Field("", description="Its e-mail address.")
    clinic_address: str = Field("", description="Its address, with parking or entrance where useful.")
    clinic_hours: str = Field("", description="Its opening hours, in words.")
    clinic_callback: str = Field("", description="When it calls back after an alert: 'within two hours, 8 to 5'.")
    clinic_cost: str = Field("", description="What is said about prices and payment.")
    clinic_insurance: str = Field("", description="What is said about insurance.")
    emergency_number: str = Field("911", description="The number to call in an emergency.")
    crisis_number: str = Field("988", description="The number of the crisis line, for thoughts of suicide.")

    # The chat on the clinic's website (docs/widget.md)
    widget_origins: str = Field("", description="The websites that may show the chat: origins, with spaces between.")
    widget_remember: Literal["session", "device"] = Field(
        "session", description="How long a browser keeps a conversation: `session` ends with its tab, `device` doesn't."
    )
    widget_name: str = Field("Hipline", min_length=1, max_length=40, description="The name that the assistant goes by.")
    widget_greeting: str = Field("", max_length=500, description="What it says first; empty: the greeting of page.yml.")
    widget_logo: Path | None = Field(None, description="A picture file (SVG, PNG, JPEG, WebP) shown beside the name.")
    widget_position: Literal["right", "left"] = Field("right", description="The corner that the chat's button is in.")
    widget_color: str = Field("#0b5a7d", description="The colour of buttons and of the patient's own words.")
    widget_color_text: str = Field("#ffffff", description="The colour of the words on it.")
    widget_color_dark: str = Field("#9ad4ee", description="The same as widget_color, in dark mode.")
    widget_color_dark_text: str = Field("#0b1d27", description="The colour of the words on that.")

    @validator("visitor_limit")
    def _is_a_rate(cls, value: str) -> str:
        import limits

        try:
            limits.parse(value)
        except ValueError:
            raise ValueError("must be a number of messages in a time, such as 30/minute") from None
        return value

    @validator("time_zone")
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("must be a time zone of the IANA's list, such as America/New_York") from None
        return value

    @validator("closed_days", pre=True)
    def _may_be_a_list(cls, value: object) -> object:
        return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)

    @validator("closed_days", always=True)
    def _are_closed_days(cls, value: str) -> str:
        hours.read("", value)
        return value

    @validator("office_hours")
    def _are_hours(cls, value: str) -> str:
        hours.read(value)
        return value

    @validator("telephone_region")
    def _is_a_region(cls, value: str) -> str:
        import phonenumbers

        if value.upper() not in phonenumbers.SUPPORTED_REGIONS:
            raise ValueError("must be a country's two letters, such as US")
        return value.upper()

    @validator("widget_origins")
    def _are_origins(cls, value: str) -> str:
        for origin in value.split():
            if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?", origin):
                raise ValueError(f"{origin} is no origin such as https://www.example.org (no path, lower case)")
        return " ".join(value.split())

    @validator("widget_color", "widget_color_text", "widget_color_dark", "widget_color_dark_text")
    def _is_a_color(cls, value: str) -> str:
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise ValueError("must be a colour such as #0b5a7d")
        return value.lower()

    @validator("widget_color_text", "widget_color_dark_text", always=True)
    def _can_be_read(cls, value: str, values: dict[str, Any], field: ModelField) -> str:
        ground = values.get(field.name.removesuffix("_text"))
        if ground and (ratio := contrast(ground, value)) < READABLE:
            raise ValueError(
                f"{value} on {ground} has a contrast of {ratio:.1f}:1; {READABLE}:1 at least can be read by everybody"
            )
        return value

    @validator("widget_logo")
    def _is_a_picture(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        file = ROOT / value.expanduser()
        if file.suffix.lower() not in PICTURES:
            raise ValueError(f"must be a picture: {', '.join(PICTURES)}")
        if not file.is_file():
            raise ValueError(f"there is no file {file}")
        return file

    @validator("widget_logo", pre=True)
    def _may_be_left_out(cls, value: object) -> object:
        return value or None

    @validator("knowledge_folder", pre=True)
    def _may_be_empty(cls, value: object) -> object:
        return value or None

    @validator("state", "models", pre=True)
    def _is_named(cls, value: object) -> object:
        if not str(value).strip():
            raise ValueError("must name a folder")
        return value

    @validator("contacts", pre=True)
    def _is_a_file(cls, value: object) -> object:
        if not str(value).strip():
            raise ValueError("must name a file, which need not be there")
        return value

    @validator("emergency_number", "crisis_number")
    def _can_be_called(cls, value: str) -> str:
        if not re.search(r"\d", value):
            raise ValueError("must be a number that can be called, such as 911")
        return value

    @validator("twilio_account")
    def _is_an_account(cls, value: str) -> str:
        if value and not re.fullmatch(r"AC[0-9a-zA-Z]{32}", value):
            raise ValueError("must be an account's SID: AC and 32 letters and digits")
        return value

    @validator("twilio_number")
    def _is_a_sender(cls, value: str) -> str:
        if value and not re.fullmatch(r"\+[1-9][0-9]{6,14}|MG[0-9a-zA-Z]{32}|[0-9]{3,8}", value):
            raise ValueError("must be a number such as +12025550123, a short code, or MG and 32 letters and digits")
        return value

    @validator("twilio_number", always=True)
    def _comes_with_the_others(cls, value: str, values: dict[str, Any]) -> str:
        given = [bool(values.get("twilio_account")), bool(values.get("twilio_token")), bool(value)]
        if any(given) and not all(given):
            raise ValueError("twilio_account, twilio_token and twilio_number go together: set all of them, or none")
        if value and not values.get("public_url"):
            raise ValueError("needs public_url: Twilio must reach this gateway, and signs its address")
        return value

    @validator("public_url", "twilio_api")
    def _is_an_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
            raise ValueError("must be an address such as https://hipline.example.org")
        return value.rstrip("/")

    @validator("state", "models", "knowledge_folder", "contacts", always=True)
    def _is_below_the_project(cls, value: Path | None) -> Path | None:
        return None if value is None else ROOT / value.expanduser()

    @property
    def database_url(self) -> str:
        """Where conversations are kept, as SQLAlchemy takes it."""
        return self.database or f"sqlite:///{self.state / 'hipline.db'}"

    @property
    def patience(self) -> dt.timedelta | None:
        """After how long silence counts as a yes to the question whether somebody has a symptom now."""
        return dt.timedelta(minutes=self.question_minutes) if self.question_minutes else None

    @property
    def hours(self) -> Hours:
        """When the clinic is open."""
        return hours.read(self.office_hours, self.closed_days, self.time_zone)

    @property
    def hours_in_words(self) -> str:
        """The opening hours as patients read them: the clinic's own words, or else what its office hours say."""
        return self.clinic_hours or self.hours.in_words()

    @property
    def gateway_url(self) -> str:
        """Where the gateway is reached from this machine."""
        own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - only compared
        return f"http://[{own}]:{self.port}" if ":" in own else f"http://{own}:{self.port}"

    @property
    def public_base(self) -> str:
        """What addresses of this gateway begin with for those outside."""
        return self.public_url or self.gateway_url

    @property
    def alerts_url(self) -> str:
        """What the links in alerts begin with."""
        return f"{self.public_base}/alerts"

    @property
    def alerts_path(self) -> str:
        """The same without scheme and host, as a page of ours is reached by a browser that has come by that link."""
        return urlsplit(self.alerts_url).path


def load(file: Path | None = None, environ: dict[str, str] | None = None) -> Settings:
    """The settings of `file` (by default the one that HIPLINE_CONFIG names, or else `clinic.yml`) and `environ`.

    Raises `DataFileError` for what is wrong in the file, `SettingsError` for what is wrong in the environment.
    """
    environ = dict(os.environ) if environ is None else environ
    named = environ.get(f"{PREFIX}CONFIG")
    file = file or (Path(named) if named else ROOT / "clinic.yml")
    values: dict[str, Any] = {}
    if named or file.exists():
        data = datafiles.read(file)
        if data is not None:
            values = datafiles.load(file, Settings, as_written=True).dict(exclude_unset=True)
    # Names that the settings lack are left alone: others (HIPLINE_RASA_URL, say) are between our own processes.
    given = {name: environ[PREFIX + name.upper()] for name in Settings.__fields__ if PREFIX + name.upper() in environ}
    try:
        return Settings(**{**values, **given})
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"{PREFIX}{str(first['loc'][0]).upper()}: {first['msg']}") from None


__all__ = ["ROOT", "DataFileError", "Settings", "SettingsError", "load"]
