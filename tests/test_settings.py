from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot import settings
from bot.settings import ROOT, DataFileError, Settings, SettingsError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clinic.yml"


def loaded(file: Path, content: str, **environ: str) -> Settings:
    file.write_text(content, encoding="utf-8")
    return settings.load(file, environ)


def test_without_a_file_and_an_environment_the_defaults_hold(file: Path) -> None:
    clinic = settings.load(file, {})
    assert clinic == Settings()
    assert (clinic.host, clinic.port) == ("127.0.0.1", 8000)
    assert (clinic.emergency_number, clinic.crisis_number) == ("911", "988")
    assert (clinic.clinic_name, clinic.clinic_phone, clinic.api_key) == ("the clinic", "", "")


@pytest.mark.parametrize("content", ["", "# clinic_name: Lakeside\n"])
def test_a_file_that_sets_nothing_is_no_fault(file: Path, content: str) -> None:
    assert loaded(file, content) == Settings()


def test_the_file_wins_over_the_defaults_and_the_environment_over_the_file(file: Path) -> None:
    clinic = loaded(
        file,
        "clinic_name: Lakeside\nclinic_hours: always\nport: 8100\n",
        HIPLINE_PORT="8200",
        HIPLINE_CLINIC_NAME="Seaside",
    )
    assert (clinic.clinic_name, clinic.clinic_hours, clinic.port) == ("Seaside", "always", 8200)


def test_the_environment_can_empty_what_the_file_sets(file: Path) -> None:
    assert loaded(file, "clinic_phone: 555-0142\n", HIPLINE_CLINIC_PHONE="").clinic_phone == ""


def test_the_file_can_be_named_by_the_environment(file: Path) -> None:
    file.write_text("clinic_name: Lakeside\n", encoding="utf-8")
    assert settings.load(environ={"HIPLINE_CONFIG": str(file)}).clinic_name == "Lakeside"


def test_a_file_that_is_named_must_be_there(file: Path) -> None:
    with pytest.raises(DataFileError, match=rf"^{file}: cannot be read: No such file or directory$"):
        settings.load(environ={"HIPLINE_CONFIG": str(file)})


def test_the_process_s_own_environment_is_read_where_none_is_given(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIPLINE_CRISIS_NUMBER", "116 123")
    assert settings.load(file).crisis_number == "116 123"


def test_variables_between_hipline_s_own_processes_are_left_alone(file: Path) -> None:
    assert settings.load(file, {"HIPLINE_RASA_URL": "http://127.0.0.1:1", "PORT": "1"}) == Settings()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("\nprot: 8000\n", ":2: prot: is not a field that is known here: check its spelling, or remove it"),
        ("host: a\nport: many\n", ":2: port: value is not a valid integer"),
        ("port: 65536\n", ":1: port: ensure this value is less than or equal to 65535"),
        ("port: 0\n", ":1: port: ensure this value is greater than or equal to 1"),
        ("rasa_timeout: 0\n", ":1: rasa_timeout: ensure this value is greater than 0"),
        ("rasa_timeout: 31\n", ":1: rasa_timeout: ensure this value is less than or equal to 30"),
        ("visitor_limit: fast\n", ":1: visitor_limit: must be a number of messages in a time, such as 30/minute"),
        ("clinic_name: [a]\n", ":1: clinic_name: str type expected"),
        ("clinic_name:\n", ":1: clinic_name: none is not an allowed value"),
        ("- port: 1\n", ":1: must hold fields, as `name: value` lines"),
    ],
)
def test_what_is_wrong_in_the_file_is_told_with_its_line(file: Path, content: str, said: str) -> None:
    with pytest.raises(DataFileError) as caught:
        loaded(file, content)
    assert str(caught.value) == f"{file}{said}"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HIPLINE_PORT", "many", "HIPLINE_PORT: value is not a valid integer"),
        ("HIPLINE_PORT", "", "HIPLINE_PORT: value is not a valid integer"),
        ("HIPLINE_RASA_TIMEOUT", "-1", "HIPLINE_RASA_TIMEOUT: ensure this value is greater than 0"),
        (
            "HIPLINE_VISITOR_LIMIT",
            "30 a minute please",
            "HIPLINE_VISITOR_LIMIT: must be a number of messages in a time, such as 30/minute",
        ),
    ],
)
def test_what_is_wrong_in_the_environment_is_told_with_its_name(file: Path, name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load(file, {name: value})
    assert str(caught.value) == said


def test_a_wrong_value_in_the_file_is_told_even_where_the_environment_mends_it(file: Path) -> None:
    with pytest.raises(DataFileError, match="port: value is not a valid integer"):
        loaded(file, "port: many\n", HIPLINE_PORT="8000")


def test_folders_are_taken_from_the_project_s_folder(file: Path) -> None:
    clinic = loaded(file, "state: data/here\nmodels: /srv/models\nknowledge_folder: ours\n")
    assert clinic.state == ROOT / "data" / "here"
    assert clinic.models == Path("/srv/models")
    assert clinic.knowledge_folder == ROOT / "ours"
    assert settings.load(file.parent / "none.yml", {}).state == ROOT / "var"


def test_a_tilde_is_the_home_folder(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/hipline")
    assert loaded(file, "state: ~/state\n").state == Path("/srv/hipline/state")


@pytest.mark.parametrize("content", ["knowledge_folder:\n", "knowledge_folder: ''\n"])
def test_no_knowledge_folder_is_none(file: Path, content: str) -> None:
    assert loaded(file, content).knowledge_folder is None
    assert loaded(file, "knowledge_folder: ours\n", HIPLINE_KNOWLEDGE_FOLDER="").knowledge_folder is None


def test_the_database_is_a_file_in_the_state_folder_unless_a_url_is_set(file: Path) -> None:
    assert loaded(file, "state: /srv/state\n").database_url == "sqlite:////srv/state/hipline.db"
    assert loaded(file, "database: postgresql://db/hipline\n").database_url == "postgresql://db/hipline"


def test_settings_do_not_change_once_they_are_loaded(file: Path) -> None:
    clinic = settings.load(file, {})
    with pytest.raises(TypeError):
        clinic.port = 1


def test_a_number_to_ring_may_be_written_without_quotes(file: Path) -> None:
    clinic = loaded(file, "emergency_number: 112\nclinic_phone: 2025550142\ncrisis_number: 0800 111 0 111\n")
    assert (clinic.emergency_number, clinic.clinic_phone) == ("112", "2025550142")
    assert clinic.crisis_number == "0800 111 0 111"


@pytest.mark.parametrize(
    ("name", "number"), [("emergency_number", "000"), ("clinic_phone", "0201234567"), ("clinic_phone", "+12025550142")]
)
def test_a_number_to_ring_is_said_as_it_is_written(file: Path, name: str, number: str) -> None:
    assert getattr(loaded(file, f"{name}: {number}\n"), name) == number


@pytest.mark.parametrize("name", ["state", "models"])
def test_an_empty_folder_is_not_the_project_s_own(file: Path, name: str) -> None:
    try:
        clinic = settings.load(file, {f"HIPLINE_{name.upper()}": ""})
    except SettingsError:
        return
    assert getattr(clinic, name) != ROOT


@pytest.mark.parametrize("name", ["emergency_number", "crisis_number"])
def test_a_number_that_cannot_be_called_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"HIPLINE_{name.upper()}: must be a number that can be called"):
        settings.load(Path("/dev/null"), {f"HIPLINE_{name.upper()}": " "})


def test_opening_hours_and_closed_days_are_read_from_the_file(file: Path) -> None:
    clinic = loaded(
        file,
        "time_zone: America/New_York\noffice_hours: |\n  Mon-Fri 08:00-17:00\n  Sat 09:00-12:00\n"
        "closed_days: [2026-12-24, 12-25]\n",
    )
    assert clinic.hours_in_words == "Monday to Friday 8 am to 5 pm, Saturday 9 am to 12 noon"
    assert clinic.closed_days == "2026-12-24, 12-25"
    assert clinic.hours.is_open(dt.datetime(2026, 12, 23, 13, 0, tzinfo=dt.timezone.utc))
    assert not clinic.hours.is_open(dt.datetime(2026, 12, 24, 13, 0, tzinfo=dt.timezone.utc))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("office_hours: Mon-Fri 8-5\n", "clinic.yml:1: office_hours: '8-5' is no time from and to"),
        ("port: 8001\nclosed_days: 24.12.\n", "clinic.yml:2: closed_days: '24.12.' is no date"),
        ("time_zone: Eastern\n", "clinic.yml:1: time_zone: must be a time zone of the IANA's list"),
        ("time_zone: ../../etc/passwd\n", "time_zone: must be a time zone"),
        ("telephone_region: USA\n", "telephone_region: must be a country's two letters, such as US"),
        ("keep_days: -1\n", "keep_days: ensure this value is greater than or equal to 0"),
    ],
)
def test_hours_and_zones_that_cannot_be_read_are_refused_with_their_line(
    file: Path, content: str, problem: str
) -> None:
    with pytest.raises(DataFileError) as refused:
        loaded(file, content)
    assert problem in str(refused.value)


ACCOUNT, SENDER = "AC" + "1" * 32, "+12025550100"
TWILIO = {"twilio_account": ACCOUNT, "twilio_token": "t", "twilio_number": SENDER, "public_url": "https://a.test"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"twilio_account": "AC1"}, "must be an account's SID: AC and 32 letters and digits"),
        ({"twilio_number": "2025550100"}, "must be a number such as"),
        ({"twilio_token": ""}, "twilio_account, twilio_token and twilio_number go together"),
        ({"twilio_number": ""}, "twilio_account, twilio_token and twilio_number go together"),
        ({"public_url": ""}, "needs public_url: Twilio must reach this gateway"),
    ],
)
def test_the_account_of_the_text_line_is_set_as_a_whole(file: Path, changed: dict[str, str], said: str) -> None:
    def given(values: dict[str, str]) -> dict[str, str]:
        return {f"HIPLINE_{name.upper()}": value for name, value in values.items()}

    assert settings.load(file, given(TWILIO)).twilio_account == ACCOUNT
    with pytest.raises(SettingsError, match=said):
        settings.load(file, given({**TWILIO, **changed}))
