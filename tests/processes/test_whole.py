"""A whole Hipline, as `hipline up` starts it: a question's way through all of it, and what happens when a part dies."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest
import requests

from tests.conftest_processes import STARTING, Hipline, children_of, is_running
from tests.waiting import until

pytestmark = pytest.mark.processes

# Questions that leave no doubt: these tests are about processes, not about understanding.
QUESTION = "Is it an infusion or an injection?"
TOPIC, SECTION = "infusion_vs_injection", "Frequently Asked Questions"


def has_answered(hipline: Hipline) -> bool:
    """Whether the question is answered again."""
    try:
        [reply] = hipline.post(QUESTION)["replies"]
    except (requests.RequestException, AssertionError):
        return False
    return bool(reply["topic"] == TOPIC)


def kill(hipline: Hipline, name: str) -> int:
    """SIGKILLs rasa, gateway or worker; gives its process id."""
    pid = hipline.child(name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(f"{name} ({pid}) is gone", lambda: not is_running(pid))
    return pid


def until_back(hipline: Hipline, name: str, before: int, said: int) -> None:
    """Until another process runs in the place of `before`, questions are answered, and `up` has said so."""
    until(f"another {name}", lambda: hipline.child(name) not in (None, before), STARTING)
    until("the question is answered", lambda: has_answered(hipline), STARTING, pause=0.5)
    until(f"'{name} is back' in {hipline.output}", lambda: f"{name} is back" in hipline.said()[said:], STARTING)
    started = f"{name} was killed by signal 9; starting it again in "
    assert any(line.startswith(started) for line in hipline.said()[said:])


def test_it_says_where_it_is_and_shows_no_key_where_one_was_given(hipline: Hipline) -> None:
    said = hipline.said()
    assert (
        f"Hipline is ready: {hipline.url}/ is the chat page, {hipline.url}/api/messages the API. Ctrl-C ends it."
        in said
    )
    assert not any("API key" in line for line in said)
    assert hipline.key not in hipline.output.read_text()


def test_a_question_over_the_api_is_answered_with_its_topic_and_section(hipline: Hipline) -> None:
    answer = hipline.post(QUESTION, conversation="whole-1")
    assert answer["conversation"] == "whole-1"
    assert answer["escalation"] is None
    [reply] = answer["replies"]
    assert (reply["kind"], reply["topic"], reply["section"]) == ("answer", TOPIC, SECTION)
    assert reply["text"]
    assert all(button["title"] and button["topic"] for button in reply["buttons"])


def test_a_button_that_was_offered_is_answered_with_its_topic(hipline: Hipline) -> None:
    [first] = hipline.post(QUESTION, conversation="whole-2")["replies"]
    button = first["buttons"][1]
    [reply] = hipline.post(button["text"], conversation="whole-2")["replies"]
    assert reply["topic"] == button["topic"]
    [third] = hipline.post("1", conversation="whole-2")["replies"]
    assert third["topic"] == reply["buttons"][0]["topic"]


def test_a_slash_command_does_nothing_to_rasa(hipline: Hipline) -> None:
    hipline.post(QUESTION, conversation="whole-3")
    for text in ("/restart", "/session_start", "  /onset{}", "\uff0fback"):
        [reply] = hipline.post(text, conversation="whole-3")["replies"]
        assert reply["text"]
    [reply] = hipline.post(QUESTION, conversation="whole-3")["replies"]
    assert reply["topic"] == TOPIC


def test_a_red_flag_is_escalated(hipline: Hipline) -> None:
    answer = hipline.post("My throat is closing up and I can't breathe")
    assert answer["escalation"]
    assert answer["replies"][0]["urgency"] == "emergency"
    assert "911" in answer["replies"][0]["text"]


def test_a_message_that_comes_twice_gets_the_same_answer(hipline: Hipline) -> None:
    first = hipline.post(QUESTION, conversation="whole-4", message_id="m-1")
    assert hipline.post(QUESTION, conversation="whole-4", message_id="m-1") == first


def test_the_same_question_in_the_terminal_gets_the_same_answer(hipline: Hipline) -> None:
    done = hipline.command("ask", QUESTION)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # not a word of starting another Hipline
    [reply] = hipline.post(QUESTION, channel="desk")["replies"]
    assert f"[{SECTION}]" in done.stdout
    assert "".join(reply["text"].split()) in "".join(done.stdout.split())
    for number, button in enumerate(reply["buttons"], 1):
        assert f"  {number}. {button['title']}" in done.stdout


def test_a_text_that_is_refused_is_told_in_the_terminal_on_one_line(hipline: Hipline) -> None:
    done = hipline.command("ask", "   ")
    assert done.returncode == 1
    assert done.stderr == "hipline: text: The message is empty.\n"


def test_the_settings_file_is_heeded_by_the_actions_too(hipline: Hipline) -> None:
    [reply] = hipline.post("I want to talk to a real person please")["replies"]
    assert reply["kind"] == "handoff"
    assert "(202) 555-0142" in reply["text"]


def test_a_second_hipline_on_its_state_folder_is_refused_and_disturbs_nothing(hipline: Hipline) -> None:
    done = hipline.command("up")
    assert done.returncode == 1
    said = f"another Hipline runs on {hipline.state}: end it, or set HIPLINE_STATE to another folder"
    assert done.stderr == f"hipline: {said}\n"
    assert has_answered(hipline)


def listening(pid: int) -> set[str]:
    """The addresses (as /proc writes them, in hexadecimal) that a process listens on."""
    sockets = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            sockets.add(os.readlink(entry))
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                found.add(fields[1].split(":")[0])
    return found


def test_by_default_nothing_of_it_listens_to_other_machines(hipline: Hipline) -> None:
    for name in ("rasa", "gateway"):
        pid = hipline.child(name)
        assert pid is not None
        assert listening(pid) == {"0100007F"}, name


def test_what_people_write_is_in_no_log(hipline: Hipline) -> None:
    hipline.post("xylophone quarrel umbrella")
    hipline.post("xylophone quarrel umbrella", conversation="Xanthippe")
    logs = list((hipline.state / "log").iterdir())
    assert {log.name for log in logs} >= {"rasa.log", "gateway.log", "worker.log"}
    for log in [*logs, hipline.output]:
        text = log.read_text(encoding="utf-8", errors="replace").lower()
        assert "xylophone" not in text, log
        assert "xanthippe" not in text, log


def test_while_rasa_is_down_the_answer_is_honest_within_six_seconds_and_then_it_comes_back(hipline: Hipline) -> None:
    said = len(hipline.said())
    before = kill(hipline, "rasa")
    answer = hipline.post(
        QUESTION, conversation="whole-5", message_id="m-1", timeout=6
    )  # Rasa needs far longer to start
    [reply] = answer["replies"]
    assert (reply["kind"], reply["topic"]) == ("clarify", None)
    assert "can't answer right now" in reply["text"]
    assert "(202) 555-0142" in reply["text"]
    assert "call 911" in reply["text"]
    red_flag = hipline.post("My throat is closing up and I can't breathe", timeout=6)
    assert red_flag["replies"][0]["urgency"] == "emergency"
    assert "911" in red_flag["replies"][0]["text"]
    assert red_flag["escalation"]
    health = requests.get(f"{hipline.url}/readyz", timeout=10)
    assert health.status_code == 503
    well = ("database", "worker", "alerts", "texts", "triage")
    others = {**dict.fromkeys(well, "ok"), "contacts": "none"}
    assert health.json() == {"ready": False, "rasa": "down", **others}
    until_back(hipline, "rasa", before, said)
    assert hipline.post(QUESTION, conversation="whole-5", message_id="m-1") == answer  # it was stored
    assert hipline.is_ready()


def test_a_rasa_that_hangs_is_not_waited_for(hipline: Hipline) -> None:
    pid = hipline.child("rasa")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        [reply] = hipline.post(QUESTION, timeout=6)["replies"]
    finally:
        os.kill(pid, signal.SIGCONT)
    assert "can't answer right now" in reply["text"]
    until("the question is answered", lambda: has_answered(hipline), pause=0.5)


def test_a_gateway_that_was_killed_comes_back_with_all_that_was_said(hipline: Hipline) -> None:
    first = hipline.post(QUESTION, conversation="whole-6", message_id="m-1")
    said = len(hipline.said())
    before = kill(hipline, "gateway")
    until_back(hipline, "gateway", before, said)
    assert hipline.post(QUESTION, conversation="whole-6", message_id="m-1") == first
    # What the conversation was about is still known: a number picks what was offered before.
    [reply] = hipline.post("1", conversation="whole-6")["replies"]
    assert reply["topic"] == first["replies"][0]["buttons"][0]["topic"]


def test_a_worker_that_was_killed_comes_back_and_gives_a_sign_of_life_again(hipline: Hipline) -> None:
    said = len(hipline.said())
    before = kill(hipline, "worker")
    until_back(hipline, "worker", before, said)
    until("it is ready", hipline.is_ready, pause=0.2)


def test_without_contacts_it_runs_and_says_that_nobody_is_told(hipline: Hipline) -> None:
    assert any(line.startswith("nobody is told of warning signs: ") for line in hipline.said())
    log = hipline.state / "log" / "worker.log"
    assert "nobody is told of warning signs" in log.read_text()
    done = hipline.command("alerts", "test")
    assert done.returncode == 1
    assert done.stderr == (
        f"hipline: there is no {hipline.environment['HIPLINE_CONTACTS']}: docs/alerts.md says how to write one\n"
    )


def test_the_pids_file_names_the_processes_that_run(hipline: Hipline) -> None:
    # After the tests above, or by itself, at least one has been started again.
    if "is back" not in hipline.output.read_text():
        said = len(hipline.said())
        until_back(hipline, "gateway", kill(hipline, "gateway"), said)
    lines = (hipline.state / "run" / "pids").read_text().splitlines()
    assert {line.split()[0]: int(line.split()[1]) for line in lines} == {
        name: hipline.child(name) for name in ("rasa", "gateway", "worker")
    }


def test_sigterm_ends_all_of_it(hipline: Hipline) -> None:
    children = children_of(hipline.process.pid)
    assert len(children) == 3
    hipline.process.send_signal(signal.SIGTERM)
    assert hipline.process.wait(60) == 0
    hipline.left = [line for pid, line in children.items() if is_running(pid)]
    assert hipline.said()[-2:] == ["ending", "ended"]
    assert not (hipline.state / "run" / "pids").exists()
    until(f"{children} have ended", lambda: not any(is_running(pid) for pid in children))
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{hipline.url}/healthz", timeout=5)


def test_when_it_has_ended_nothing_of_it_runs_any_more(hipline: Hipline) -> None:
    assert hipline.left == []
