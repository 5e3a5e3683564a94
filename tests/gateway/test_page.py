"""The chat page at `/`, as a browser without JavaScript uses it, and what its script sends with the page's cookie."""

from __future__ import annotations

import dataclasses
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from bot.gateway.api import MAX_BODY
from bot.gateway.widget.visitor import COOKIE, conversation_of
from tests.gateway.conftest import (
    EMERGENCY,
    PHONE,
    Api,
    FakeRasa,
    OpenGateway,
    a_button,
    a_reply,
    replies,
    state_of,
    stored,
)

ID = "0123456789abcdef"


@dataclasses.dataclass
class Form:
    """A form of a page: where it goes, the fields that it sends, and the buttons that can send it."""

    action: str
    method: str
    fields: dict[str, str] = dataclasses.field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = dataclasses.field(default_factory=dict)  # label: name and value


class Page(HTMLParser):
    """What a browser without JavaScript makes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: dict[str, Form] = {}
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.log: list[tuple[str, list[str]]] = []  # the classes of an entry, and its paragraphs
        self._form: Form | None = None
        self._button: tuple[str, str] | None = None
        self._entry: list[str] | None = None
        self._time = False
        self.feed(html)
        self.close()

    def attributes(self, identity: str) -> dict[str, str]:
        """Those of the element with that id."""
        [found] = [given for _, given in self.elements if given.get("id") == identity]
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        if tag == "form":
            self._form = self.forms[given["id"]] = Form(given["action"], given["method"])
        elif tag in ("input", "textarea") and self._form and given.get("name"):
            self._form.fields[given["name"]] = given.get("value", "")
        elif tag == "time":
            self._time = True
        elif tag == "button":
            self._button = given.get("name", ""), given.get("value", "")
        elif tag == "li":
            self._entry = []
            self.log.append((given.get("class", ""), self._entry))
        elif tag == "p" and self._entry is not None:
            self._entry.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "time":
            self._time = False
        elif tag == "button":
            self._button = None
        elif tag == "li" and self._entry is not None:
            self._entry[:] = [paragraph.strip() for paragraph in self._entry]
            self._entry = None

    def handle_data(self, data: str) -> None:
        if self._button is not None and self._form is not None:
            self._form.buttons[data.strip()] = self._button
        elif self._entry and not self._time:
            self._entry[-1] += data


def load(client: TestClient) -> Page:
    """The page as it is now."""
    response = client.get("/")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return Page(response.text)


def submit(client: TestClient, form: Form, fields: dict[str, str]) -> httpx.Response:
    """Sends a form as a browser does."""
    assert form.method == "post"
    return client.post(form.action, data={**form.fields, **fields}, headers={"Origin": "http://testserver"})


def agree(client: TestClient) -> Page:
    """Agrees to what the page says, if it asks, and follows to the page with the box."""
    page = load(client)
    if "hidden" not in page.attributes("consent"):
        assert submit(client, page.forms["consent"], {}).status_code == 303
        page = load(client)
        assert "hidden" in page.attributes("consent")
    return page


def write(client: TestClient, text: str) -> Page:
    """Types a message on the page, sends it, and follows to the page with the answer."""
    response = submit(client, agree(client).forms["ask"], {"text": text})
    assert response.status_code == 303
    assert response.headers["location"].startswith("/#")
    return load(client)


def press(client: TestClient, page: Page, label: str) -> Page:
    """Presses one of the offered buttons."""
    form = page.forms["choices"]
    name, value = form.buttons[label]
    assert submit(client, form, {name: value}).status_code == 303
    return load(client)


def by_script(client: TestClient, text: str = "does it hurt?", **changed: Any) -> httpx.Response:
    """Sends a message as the page's script does."""
    return client.post("/widget/messages", json={"text": text, "message_id": ID, **changed})


# Without JavaScript


def test_the_page_greets_and_offers_topics_to_start_with(gateway: TestClient) -> None:
    page = load(gateway)
    [(_, [who, greeting])] = page.log
    assert who == "Hipline"
    assert "What would you like to know?" in greeting
    starters = page.forms["choices"].buttons
    assert len(starters) == 3
    assert {value for _, value in starters.values()} == set(starters)


def test_the_page_says_that_it_is_a_machine_and_what_to_call_in_an_emergency(gateway: TestClient) -> None:
    html = gateway.get("/").text
    assert "a computer program of Lakeside Hip Clinic" in html
    assert ("a", {"href": f"tel:{EMERGENCY}"}) in Page(html).elements


def test_a_question_in_the_form_is_answered_on_the_page_with_its_section(gateway: TestClient, rasa: FakeRasa) -> None:
    rasa.answer = lambda _: replies(a_reply("It can hurt a little.\nNot for long.", urgency="none"))
    page = write(gateway, "does it hurt?")
    assert page.log == [
        ("own", ["You", "does it hurt?"]),
        (
            "reply none",
            [
                "Hipline",
                "It can hurt a little.",
                "Not for long.",
                "From the document: Potential Benefits and Risks",
            ],
        ),
    ]
    assert rasa.messages == ["does it hurt?"]


def test_a_button_in_the_form_asks_its_topic(gateway: TestClient, rasa: FakeRasa) -> None:
    rasa.answer = lambda _: replies(a_reply(buttons=[a_button("How soon does it work?", "onset")]))
    page = press(gateway, write(gateway, "hello"), "How soon does it work?")
    assert rasa.messages == ["hello", "/onset"]
    assert [entry for entry in page.log if entry[0] == "own"] == [
        ("own", ["You", "hello"]),
        ("own", ["You", "How soon does it work?"]),
    ]


def test_a_button_of_the_greeting_asks_its_topic(gateway: TestClient, rasa: FakeRasa) -> None:
    page = agree(gateway)
    press(gateway, page, next(iter(page.forms["choices"].buttons)))
    assert rasa.messages == ["/what_is_hip_injection"]


def test_the_page_offers_the_buttons_of_the_last_reply_alone(gateway: TestClient, rasa: FakeRasa) -> None:
    rasa.answer = lambda _: replies(a_reply(buttons=[a_button("How soon?", "onset")]))
    assert set(write(gateway, "hello").forms["choices"].buttons) == {"How soon?"}
    rasa.answer = lambda _: replies(a_reply())
    assert write(gateway, "and then?").forms["choices"].buttons == {}


def test_the_conversation_is_still_there_when_the_page_is_loaded_again(gateway: TestClient) -> None:
    page = write(gateway, "does it hurt?")
    again = load(gateway)
    assert again.log == page.log
    assert len(again.log) == 2


def test_a_form_that_is_sent_twice_is_answered_once(gateway: TestClient, rasa: FakeRasa) -> None:
    form = agree(gateway).forms["ask"]
    assert submit(gateway, form, {"text": "does it hurt?"}).status_code == 303
    assert submit(gateway, form, {"text": "does it hurt?"}).status_code == 303
    assert rasa.messages == ["does it hurt?"]
    assert len(load(gateway).log) == 2


def test_each_page_has_a_message_id_of_its_own(gateway: TestClient) -> None:
    ids = {load(gateway).forms["ask"].fields["message_id"] for _ in range(5)}
    assert len(ids) == 5


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "x" * 2001], ids=["none", "blanks", "zero width", "too long"])
def test_a_form_with_nothing_or_too_much_in_it_leads_back_to_the_page(
    gateway: TestClient, rasa: FakeRasa, text: str
) -> None:
    page = write(gateway, text)
    assert rasa.messages == []
    assert [who for _, [who, *_] in page.log] == ["Hipline"]


def test_the_box_says_how_much_it_takes(gateway: TestClient) -> None:
    [box] = [given for tag, given in load(gateway).elements if tag == "textarea"]
    assert box["maxlength"] == "2000"
    assert "required" in box


def test_lines_of_a_form_are_kept_as_lines(gateway: TestClient, rasa: FakeRasa) -> None:
    write(gateway, "does it hurt?\r\nand for how long?")
    assert rasa.messages == ["does it hurt?\nand for how long?"]


def test_when_rasa_is_down_the_page_says_so_and_whom_to_ring(gateway: TestClient, rasa: FakeRasa) -> None:
    rasa.answer = lambda _: httpx.Response(500)
    [(_, said)] = write(gateway, "does it hurt?").log[1:]
    assert PHONE in " ".join(said)
    assert f"call {EMERGENCY}" in " ".join(said)


def test_the_conversation_can_be_used_without_seeing_it(gateway: TestClient) -> None:
    page = load(gateway)
    assert ("html", {"lang": "en"}) in page.elements
    [log] = [given for _, given in page.elements if given.get("role") == "log"]
    assert log["aria-label"]
    labelled = {given["for"] for tag, given in page.elements if tag == "label"}
    assert {given["id"] for tag, given in page.elements if tag == "textarea"} <= labelled


# A telephone number, without JavaScript


def red_flag(rasa: FakeRasa, **fields: Any) -> None:
    """Has Rasa answer as it does to a warning sign."""
    reply = a_reply("Please call.", **{"kind": "escalation", "urgency": "urgent", "topic": None, **fields})
    rasa.answer = lambda _: replies(reply)


def status_of(client: TestClient, address: str = "/?number=left") -> str:
    """What the page says of what was just done."""
    [found] = re.findall(r'role="status">([^<]*)<', client.get(address).text)
    return unescape(found)


def is_asked(page: Page) -> bool:
    return "hidden" not in page.attributes("contact")


@pytest.mark.parametrize(
    ("kind", "urgency"),
    [("escalation", "urgent"), ("escalation", "emergency"), ("handoff", "none"), ("crisis", "emergency")],
)
def test_a_number_is_asked_for_after_a_warning_sign_or_a_wish_for_a_person_and_from_then_on(
    gateway: TestClient, rasa: FakeRasa, kind: str, urgency: str
) -> None:
    assert not is_asked(write(gateway, "does it hurt?"))
    red_flag(rasa, kind=kind, urgency=urgency)
    page = write(gateway, "hello")
    assert is_asked(page)
    assert "open" in page.attributes("contact-form")
    assert "required" in page.attributes("number")
    rasa.answer = lambda _: replies(a_reply())
    assert is_asked(write(gateway, "and then?"))


def test_the_form_for_a_number_stands_below_the_log_and_has_labels(gateway: TestClient, rasa: FakeRasa) -> None:
    red_flag(rasa)
    page = write(gateway, "hello")
    assert not any("telephone number" in paragraph for _, said in page.log for paragraph in said)
    labelled = {given["for"] for tag, given in page.elements if tag == "label"}
    assert {"number", "name"} <= labelled
    number, name = page.attributes("number"), page.attributes("name")
    assert (number["type"], number["autocomplete"], name["autocomplete"]) == ("tel", "tel", "name")
    assert not any("autofocus" in given for _, given in page.elements)
    order = [given.get("id") for _, given in page.elements]
    assert order.index("log") < order.index("contact") < order.index("ask")


def test_a_number_in_the_form_is_kept_and_the_page_says_what_it_does_not_replace(
    gateway: TestClient, rasa: FakeRasa
) -> None:
    red_flag(rasa)
    response = submit(gateway, write(gateway, "hello").forms["leave"], {"number": "202 555 0123", "name": "Ann"})
    assert response.status_code == 303
    address = response.headers["location"].partition("#")[0]
    assert "202" not in address
    assert ">You left this number for the clinic: +12025550123<" in gateway.get(address).text
    assert f"That does not replace your call, so please call {PHONE}." in status_of(gateway, address)
    page = load(gateway)
    assert "hidden" in page.attributes("contact-title")
    assert "open" not in page.attributes("contact-form")  # its summary is the button that changes it
    assert page.forms["leave"].fields["number"] == "+12025550123"
    assert status_of(gateway, "/") == ""  # said once


def test_a_number_that_is_none_stays_in_its_box_with_the_reason(gateway: TestClient, rasa: FakeRasa) -> None:
    red_flag(rasa)
    form = write(gateway, "hello").forms["leave"]
    for number in ("<b>555", ""):
        response = submit(gateway, form, {"number": number, "name": "Ann"})
        assert response.status_code == 422
        page = Page(response.text)
        assert page.forms["leave"].fields == {"number": number, "name": "Ann"}
        assert page.attributes("number")["aria-describedby"] == "number-problem"
        assert "hidden" not in page.attributes("number-problem")
        assert "such as (202) 555-0123" in response.text
        assert [said[1] for _, said in page.log] == ["hello", "Please call."]
        assert not any(tag == "b" for tag, _ in page.elements)


def test_a_wrong_number_in_place_of_a_known_one_is_said_where_it_is_changed(
    gateway: TestClient, rasa: FakeRasa
) -> None:
    red_flag(rasa)
    form = write(gateway, "hello").forms["leave"]
    submit(gateway, form, {"number": "202 555 0123"})
    page = Page(submit(gateway, form, {"number": "555"}).text)
    assert "open" in page.attributes("contact-form")
    assert "hidden" not in page.attributes("contact-left")
    assert page.forms["leave"].fields["number"] == "555"


def test_a_number_for_a_conversation_that_is_gone_leads_back_to_the_page(gateway: TestClient) -> None:
    form = agree(gateway).forms["leave"]
    gateway.post("/chat/forget", headers={"Origin": "http://testserver"})
    assert submit(gateway, form, {"number": "202 555 0123"}).status_code == 303
    assert not is_asked(load(gateway))


@pytest.mark.parametrize(
    ("kind", "urgency", "said"),
    [
        ("escalation", "urgent", "That does not replace your call"),
        ("escalation", "emergency", f"that does not bring help to you. Your call does. Call {EMERGENCY} now."),
        ("crisis", "emergency", "call or text 988 at any hour"),
        ("handoff", "none", "That does not replace your call"),
    ],
)
def test_what_is_said_of_a_number_fits_what_it_was_left_after(
    gateway: TestClient, rasa: FakeRasa, kind: str, urgency: str, said: str
) -> None:
    red_flag(rasa, kind=kind, urgency=urgency)
    submit(gateway, write(gateway, "hello").forms["leave"], {"number": "202 555 0123"})
    assert said in status_of(gateway)


CONTACTS = "contacts: [{name: Nurse, levels: [urgent], apprise: ['json://nurse.test']}]\n"


@pytest.mark.parametrize(
    ("kind", "urgency", "contacts", "callback", "promised"),
    [
        ("escalation", "urgent", CONTACTS, "within two hours", True),
        ("escalation", "urgent", CONTACTS, "", False),
        ("escalation", "urgent", "", "within two hours", False),
        ("escalation", "emergency", CONTACTS, "within two hours", False),
        ("handoff", "none", CONTACTS, "within two hours", False),
    ],
)
def test_a_call_back_is_promised_only_after_an_alert_where_the_clinic_says_when(
    open_gateway: OpenGateway,
    rasa: FakeRasa,
    tmp_path: Path,
    kind: str,
    urgency: str,
    contacts: str,
    callback: str,
    promised: bool,
) -> None:
    file = tmp_path / "who.yml"
    if contacts:
        file.write_text(contacts)
    gateway = open_gateway(clinic_callback=callback, contacts=file)
    red_flag(rasa, kind=kind, urgency=urgency)
    submit(gateway, write(gateway, "hello").forms["leave"], {"number": "202 555 0123"})
    assert "can see your number now" in status_of(gateway)
    assert ("Somebody calls you back within two hours." in status_of(gateway)) == promised


# What people write stays text

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script></li></ol>\"'&lt;b&gt;"


def test_html_in_a_message_is_shown_as_it_was_written(gateway: TestClient) -> None:
    empty = agree(gateway)
    page = write(gateway, HOSTILE)
    assert page.log[0] == ("own", ["You", HOSTILE])
    # Not one element more than the conversation's own (of empty ones, the page has buttons that it no longer offers).
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in empty.elements} | {"time"}
    assert not any(tag == "img" for tag, _ in page.elements)
    assert sum(tag == "script" for tag, _ in page.elements) == 1


def test_html_in_a_reply_a_section_and_a_button_is_shown_as_it_was_written(gateway: TestClient, rasa: FakeRasa) -> None:
    rasa.answer = lambda _: replies(a_reply(HOSTILE, section=HOSTILE, buttons=[a_button(HOSTILE, "onset")]))
    page = write(gateway, "hello")
    assert page.log[1] == ("reply none", ["Hipline", HOSTILE, f"From the document: {HOSTILE}"])
    assert page.forms["choices"].buttons == {HOSTILE: ("text", HOSTILE)}
    assert not any(tag == "img" for tag, _ in page.elements)


def test_html_in_the_name_of_the_clinic_is_shown_as_it_was_written(open_gateway: OpenGateway) -> None:
    html = open_gateway(clinic_name="Smith & <i>Sons</i>").get("/").text
    assert "Smith &amp; &lt;i&gt;Sons&lt;/i&gt;" in html


def test_the_page_needs_nothing_that_its_own_policy_forbids(gateway: TestClient) -> None:
    response = gateway.get("/")
    policy = dict(part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    for tag, given in Page(response.text).elements:
        assert not [name for name in given if name.startswith("on") or name == "style"], tag
        assert tag != "style"
        assert tag != "script" or given["src"].startswith("/static/")


def test_all_that_the_page_refers_to_is_there(gateway: TestClient) -> None:
    elements = load(gateway).elements
    addresses = [given.get("src") or given["href"] for tag, given in elements if tag in ("script", "link")]
    assert len(addresses) == 4
    for address in addresses:
        response = gateway.get(address)
        assert response.status_code == 200
        assert response.headers["x-content-type-options"] == "nosniff"


def test_answers_carry_the_headers_that_keep_them_safe(gateway: TestClient) -> None:
    agree(gateway)
    by_script(gateway)
    for response in (gateway.get("/"), gateway.get("/chat"), gateway.get("/chat/forget")):
        assert response.status_code == 200
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


def test_errors_and_redirects_are_not_kept_by_a_cache_either(gateway: TestClient) -> None:
    form = load(gateway).forms["ask"]
    for response in (submit(gateway, form, {"text": "hi"}), by_script(gateway, ""), gateway.get("/nothing-here")):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"


# Visitors


def cookie_of(response: httpx.Response) -> tuple[str, set[str]]:
    """The value of the page's cookie, and its attributes in lower case."""
    [header] = response.headers.get_list("set-cookie")
    pair, *attributes = (part.strip() for part in header.split(";"))
    name, _, value = pair.partition("=")
    assert name == COOKIE
    return value, {attribute.lower() for attribute in attributes}


def test_the_cookie_is_for_this_page_alone_and_hidden_from_scripts(gateway: TestClient) -> None:
    value, attributes = cookie_of(gateway.get("/"))
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    assert not any(attribute.startswith("domain") for attribute in attributes)
    assert "secure" not in attributes  # it would be lost over plain HTTP, on the clinic's own machine
    assert re.fullmatch(r"[\w-]{43}", value)


def test_over_https_the_cookie_is_never_sent_in_the_clear(open_gateway: OpenGateway) -> None:
    _, attributes = cookie_of(open_gateway(base_url="https://testserver").get("/"))
    assert "secure" in attributes


def test_every_visitor_gets_another_cookie_and_keeps_it(gateway: TestClient) -> None:
    first, _ = cookie_of(gateway.get("/"))
    assert "set-cookie" not in gateway.get("/").headers
    gateway.cookies.clear()
    second, _ = cookie_of(gateway.get("/"))
    assert first != second


def test_two_visitors_do_not_see_each_others_words(gateway: TestClient, rasa: FakeRasa) -> None:
    write(gateway, "I am Anna and my hip hurts")
    anna = gateway.cookies[COOKIE]
    gateway.cookies.clear()
    page = write(gateway, "I am Bert")
    assert [paragraphs[1] for kind, paragraphs in page.log if kind == "own"] == ["I am Bert"]
    assert "Anna" not in gateway.get("/").text
    gateway.cookies.clear()
    gateway.cookies.set(COOKIE, anna)
    assert [paragraphs[1] for kind, paragraphs in load(gateway).log if kind == "own"] == ["I am Anna and my hip hurts"]
    assert rasa.asked[0]["sender"] != rasa.asked[1]["sender"]


def test_two_visitors_may_use_the_same_message_id(gateway: TestClient, rasa: FakeRasa) -> None:
    agree(gateway)
    assert by_script(gateway, "one").status_code == 200
    gateway.cookies.clear()
    agree(gateway)
    assert by_script(gateway, "two").status_code == 200
    assert rasa.messages == ["one", "two"]


def test_the_name_of_a_conversation_in_the_database_opens_it_to_nobody(gateway: TestClient) -> None:
    write(gateway, "I am Anna and my hip hurts")
    cookie = gateway.cookies[COOKIE]
    name = conversation_of(cookie)
    assert stored(gateway, name) == [("I am Anna and my hip hurts", ["About I am Anna and my hip hurts."])]
    assert cookie not in name
    for guess in (name, name.removeprefix("visitor-")):
        gateway.cookies.clear()
        gateway.cookies.set(COOKIE, guess)
        assert "Anna" not in gateway.get("/").text


def test_what_a_program_says_over_the_api_is_not_on_the_page_of_anybody(gateway: TestClient) -> None:
    gateway.cookies.set(COOKIE, "demo-1")
    Api(gateway).post("my secret words", conversation="demo-1")
    assert "secret" not in gateway.get("/").text


# Messages from elsewhere


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://testserver.evil.example",
        "http://testserver:8001",
        "http://evil.example/testserver",
        "http://testserver@evil.example",
    ],
)
@pytest.mark.parametrize("path", ["/chat", "/widget/messages"])
def test_a_message_from_another_website_is_refused(gateway: TestClient, rasa: FakeRasa, origin: str, path: str) -> None:
    gateway.get("/")
    fields = {"text": "does it hurt?", "message_id": ID}
    kind = {"data": fields} if path == "/chat" else {"json": fields}
    response = gateway.post(path, headers={"Origin": origin}, **kind)  # type: ignore[arg-type]
    assert response.status_code == 403
    assert response.json()["error"] == {"code": "forbidden", "message": "This message came from another website."}
    assert rasa.asked == []


def test_an_origin_that_is_no_address_is_refused_too(gateway: TestClient) -> None:
    gateway.get("/")
    response = gateway.post("/widget/messages", json={"text": "hi", "message_id": ID}, headers={"Origin": "http://["})
    assert response.status_code == 403


@pytest.mark.parametrize("path", ["/chat", "/chat/consent", "/chat/contact", "/chat/forget"])
def test_without_the_cookie_nothing_is_taken_and_the_reason_is_said(
    gateway: TestClient, rasa: FakeRasa, path: str
) -> None:
    response = gateway.post(path, data={"text": "does it hurt?", "message_id": ID})
    assert response.status_code == 403
    assert "allow cookies" in response.json()["error"]["message"]
    assert rasa.asked == []


# The script's route


def test_the_script_gets_the_replies_as_the_api_gives_them(gateway: TestClient, rasa: FakeRasa) -> None:
    reply = a_reply("It can hurt a little.", buttons=[a_button("How soon?", "onset")])
    text = reply["text"]
    rasa.answer = lambda _: replies(reply)
    agree(gateway)
    [asked, answered] = by_script(gateway).json()["entries"]
    assert (asked["position"], asked["who"], asked["text"], asked["message_id"]) == (1, "patient", "does it hurt?", ID)
    assert (answered["position"], answered["who"], answered["text"]) == (2, "assistant", text)
    assert answered["reply"] == {name: value for name, value in reply.items() if name != "text"}


def test_a_message_that_the_script_sends_again_is_answered_once(gateway: TestClient, rasa: FakeRasa) -> None:
    agree(gateway)
    assert by_script(gateway).json() == by_script(gateway).json()
    assert rasa.messages == ["does it hurt?"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"text": 123}, "text"),
        ({"message_id": "short"}, "message_id"),
        ({"message_id": "x" * 65}, "message_id"),
        ({"message_id": "0123456789/"}, "message_id"),
        ({"message_id": None}, "message_id"),
        ({"conversation": "visitor-of-another"}, "conversation"),
    ],
)
def test_a_wrong_field_from_the_script_is_named(gateway: TestClient, changed: dict[str, Any], field: str) -> None:
    agree(gateway)
    response = by_script(gateway, **changed)
    assert response.status_code == 422
    assert response.json()["error"]["message"].startswith(f"{field}: ")


def test_an_id_from_the_script_holds_no_line_break(gateway: TestClient) -> None:
    agree(gateway)
    assert by_script(gateway, message_id="0123456789\n").status_code == 422


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "The message is empty."), ("x" * 2001, "The message has 2,001 characters; 2,000 at most are taken.")],
    ids=["empty", "too long"],
)
def test_what_is_wrong_with_a_text_is_said_to_the_person(gateway: TestClient, text: str, problem: str) -> None:
    agree(gateway)
    response = by_script(gateway, text)
    assert response.status_code == 422
    assert response.json()["error"]["message"] == problem


def test_bodies_that_are_no_json_or_too_large_are_refused(gateway: TestClient) -> None:
    agree(gateway)
    assert gateway.post("/widget/messages", content=b"no json").status_code == 400
    assert gateway.post("/widget/messages", content=b" " * (MAX_BODY + 1)).status_code == 413
    assert gateway.post("/chat", content=b" " * (MAX_BODY + 1)).status_code == 413
    assert gateway.post("/chat/consent", content=b" " * (MAX_BODY + 1)).status_code == 413


@pytest.mark.parametrize("content", [b"[]", b"3", b"null", b'"does it hurt?"'])
def test_json_that_is_no_object_is_refused(gateway: TestClient, content: bytes) -> None:
    agree(gateway)
    assert gateway.post("/widget/messages", content=content).status_code == 422


def test_a_list_of_pairs_is_no_object(gateway: TestClient) -> None:
    agree(gateway)
    assert gateway.post("/widget/messages", content=b"[[null, null]]").status_code == 422


def test_a_form_with_too_many_fields_is_no_error_of_ours(gateway: TestClient) -> None:
    agree(gateway)
    response = gateway.post("/chat", data={f"field_{number}": "x" for number in range(20)})
    assert response.status_code < 500


def test_bytes_that_are_no_utf8_in_a_form_are_no_error_of_ours(gateway: TestClient, rasa: FakeRasa) -> None:
    agree(gateway)
    response = gateway.post("/chat", content=f"message_id={ID}&text=a%ff%feb".encode())
    assert response.status_code == 303
    assert rasa.messages == ["a\ufffd\ufffdb"]


# Limits


def test_one_message_too_many_is_refused_with_how_long_to_wait(open_gateway: OpenGateway, rasa: FakeRasa) -> None:
    gateway = open_gateway(visitor_limit="2/minute")
    agree(gateway)
    ids = [f"message-{number}" for number in range(3)]
    statuses = [by_script(gateway, "hi", message_id=message_id).status_code for message_id in ids]
    assert statuses == [200, 200, 429]
    assert len(rasa.asked) == 2
    for response in (by_script(gateway, "hi"), submit(gateway, load(gateway).forms["ask"], {"text": "hi"})):
        assert response.status_code == 429
        assert 0 < int(response.headers["retry-after"]) <= 60
        assert response.json()["error"]["code"] == "too_many"
        assert "Please wait" in response.json()["error"]["message"]
    assert len(rasa.asked) == 2


def test_a_new_cookie_does_not_get_past_the_limit(open_gateway: OpenGateway, rasa: FakeRasa) -> None:
    gateway = open_gateway(visitor_limit="2/minute")
    statuses = []
    for begin in (agree, agree, load):
        gateway.cookies.clear()
        begin(gateway)
        statuses.append(by_script(gateway, "hi").status_code)
    assert statuses == [200, 200, 429]


def test_the_wait_is_as_long_as_the_limit_of_the_settings(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(visitor_limit="1/hour")
    agree(gateway)
    by_script(gateway, "one", message_id="message-1")
    refused = by_script(gateway, "two", message_id="message-2")
    assert refused.status_code == 429
    assert 60 < int(refused.headers["retry-after"]) <= 3600


def test_the_words_of_a_refusal_do_not_promise_a_minute_where_it_takes_an_hour(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(visitor_limit="1/hour")
    agree(gateway)
    by_script(gateway, "one", message_id="message-1")
    assert "minute" not in by_script(gateway, "two", message_id="message-2").json()["error"]["message"]


def test_a_page_may_be_looked_at_however_often(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(visitor_limit="1/hour")
    assert [gateway.get("/").status_code for _ in range(5)] == [200] * 5


def test_what_is_typed_on_the_page_is_kept_as_a_conversation_of_the_web(gateway: TestClient) -> None:
    write(gateway, "does it hurt?")
    name = conversation_of(gateway.cookies[COOKIE])
    assert stored(gateway, name, "web") == [("does it hurt?", ["About does it hurt?."])]
    assert state_of(gateway).settings.clinic_phone == PHONE
