from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.care import messages
from bot.care.database import Store
from bot.care.tables import Conversation
from bot.replies import Reply, Urgency
from bot.run import erase
from bot.run.erase import ForgetError
from bot.settings import Settings
from tests import ready

ANN = "+12025550123"
Forget = Callable[..., list[str]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.parse_obj({"state": tmp_path})


@pytest.fixture
def store(settings: Settings) -> Store:
    return ready.new_store(settings.state / "hipline.db")


@pytest.fixture
def forget(settings: Settings) -> Forget:
    def do(who: str, *, really: bool = False) -> list[str]:
        lines: list[str] = []
        erase.forget(settings, who, really, lines.append)
        return lines

    return do


def said(store: Store, name: str, channel: str = "sms", urgency: Urgency = "none") -> str:
    received = messages.receive(store, channel, name, "hello", None)
    with store.write() as session:
        reply = Reply(text="Hello.", kind="smalltalk" if urgency == "none" else "escalation", urgency=urgency)
        messages.answer(session, received.id, [reply], "rasa")
    return received.conversation_id


def left(store: Store) -> list[str]:
    with store.read() as session:
        return [one.name for one in session.query(Conversation).order_by(Conversation.name)]


@pytest.mark.parametrize("who", [ANN, "(202) 555-0123"])
def test_a_number_is_told_first_and_deleted_when_it_is_meant(store: Store, forget: Forget, who: str) -> None:
    said(store, ANN)
    said(store, "demo-1", "web")
    told = forget(who)
    assert "Would be deleted: 1 messages" in told
    assert "--yes" in told[-1]
    assert left(store) == [ANN, "demo-1"]
    assert "Deleted: 1 messages" in forget(who, really=True)
    assert left(store) == ["demo-1"]
    assert forget(who) [0] == "There is nothing of that conversation or number."  # fmt: skip


def test_a_conversation_is_deleted_by_its_id_and_by_its_name(store: Store, forget: Forget) -> None:
    by_id = said(store, "demo-1", "web")
    said(store, "demo-2", "web")
    forget(by_id, really=True)
    assert left(store) == ["demo-2"]
    forget("demo-2", really=True)
    assert left(store) == []


def test_an_open_warning_sign_must_be_resolved_first(store: Store, forget: Forget) -> None:
    said(store, ANN, urgency="urgent")
    assert "1 open warning signs must be resolved before." in forget(ANN)
    with pytest.raises(ForgetError, match="somebody must resolve it first"):
        forget(ANN, really=True)
    assert left(store) == [ANN]


def test_what_is_neither_a_conversation_nor_a_number_is_refused(store: Store, forget: Forget) -> None:
    with pytest.raises(ForgetError, match="no such conversation, and it is no telephone number"):
        forget("nobody", really=True)


def test_the_command_tells_what_it_does_and_fails_in_one_line(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIPLINE_STATE", str(settings.state))
    said(store, ANN)
    run = CliRunner()
    told = run.invoke(app, ["forget", ANN])
    assert (told.exit_code, "Nothing is deleted yet" in told.output) == (0, True)
    done = run.invoke(app, ["forget", ANN, "--yes"])
    assert (done.exit_code, "Deleted: 1 conversations" in done.output) == (0, True)
    wrong = run.invoke(app, ["forget", "nobody", "--yes"])
    assert wrong.exit_code == 1
    assert wrong.output == "hipline: there is no such conversation, and it is no telephone number\n"
