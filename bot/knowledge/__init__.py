"""What may be said. Topics and texts are data files beside this module; a clinic puts its own over them."""

from __future__ import annotations

import string
from pathlib import Path

from bot import datafiles
from bot.datafiles import DataFileError, refusal
from bot.knowledge import page
from bot.knowledge.models import SMS_LIMIT, Aspect, Review, SymptomFile, Text, TextFile, Topic, TopicFile, source_line

__all__ = ["SHIPPED", "SMS_LIMIT", "Aspect", "Knowledge", "Review", "Text", "Topic", "load", "source_line"]

SHIPPED = Path(__file__).parent
_TEXTS, _SYMPTOMS = "texts.yml", "symptoms.yml"
_PROGRAMME = "programme.yml"  # read by bot/followup
_CANNED = "canned.yml"  # read by bot/knowledge/canned.py
_PAGE = "page."  # before the names of the page's words, among the texts
# What every text may hold in braces: filled in from the clinic's settings (bot/speech.py).
COMMON = frozenset({"clinic", "call", "phone", "call_capital", "hours_line", "callback_line", "emergency", "crisis"})


class Knowledge:
    """All topics by id, and the other texts by name. Built by `load`."""

    def __init__(self, topics: dict[str, Topic], texts: dict[str, Text], symptoms: SymptomFile) -> None:
        self.topics = topics
        self._texts, self._symptoms = texts, symptoms

    def text(self, name: str, *, sms: bool = False, **values: str) -> str:
        """The text called `name`, its SMS form where `sms` and there is one, with `{values}` filled in."""
        found = self._texts[name]
        return str((found.sms if sms and found.sms else found.text).format_map(values))

    def answer(self, topic: str, *, sms: bool = False) -> str:
        """What is said about a topic; by SMS with the section that it comes from as the last line."""
        found = self.topics[topic]
        return found.sms + source_line(found.section) if sms else found.answer

    def aspect(self, topic: str, aspect: Aspect, *, sms: bool = False) -> str | None:
        """What is said about one aspect of a topic, or None where the document has nothing on it."""
        found = self.topics[topic]
        line = found.aspects.get(aspect)
        return line + source_line(found.section) if line and sms else line

    def page(self) -> list[str]:
        """The names of the chat page's words, as `text` knows them with `page.` before them."""
        return [name.removeprefix(_PAGE) for name in self._texts if name.startswith(_PAGE)]

    def mild(self, category: str | None) -> str:
        """What is expected of a mild symptom of that category."""
        found = self._symptoms.mild
        return found.get(category or "other", found["other"])

    def serious(self, category: str | None) -> str:
        """Which risk of the document a serious symptom of that category may have to do with; empty where none."""
        return self._symptoms.serious.get(category or "", "")


def load(override: Path | None = None) -> Knowledge:
    """The shipped knowledge, with the topics and texts of the files in `override` in place of the shipped ones.

    Raises `DataFileError` for the first file, topic and field that is wrong.
    """
    topics, texts = _read(SHIPPED)
    symptoms = datafiles.load(SHIPPED / _SYMPTOMS, SymptomFile)
    if override is not None:
        if not override.is_dir():
            raise DataFileError(override, "is no folder: make it, or clear the setting knowledge_folder")
        own_topics, own_texts = _read(override)
        _check_topics(own_topics, topics)
        _check_texts(override / _TEXTS, own_texts, texts)
        topics, texts = {**topics, **own_topics}, {**texts, **own_texts}
        if (override / _SYMPTOMS).exists():
            symptoms = datafiles.load(override / _SYMPTOMS, SymptomFile)
    for topic in topics.values():
        for other in topic.next:
            if other not in topics or other == topic.id:
                raise refusal(topic.file, ("topics", topic.id, "next"), f"{other!r} is no other topic")
    words = page.load(SHIPPED, override, COMMON | {"assistant"})
    texts = {**texts, **{f"{_PAGE}{name}": Text.parse_obj({"text": said}) for name, said in words.items()}}
    return Knowledge(topics, texts, symptoms)


def _read(folder: Path) -> tuple[dict[str, Topic], dict[str, Text]]:
    topics: dict[str, Topic] = {}
    texts: dict[str, Text] = {}
    for file in sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")]):
        if file.name == _TEXTS:
            texts = datafiles.load(file, TextFile).texts
            continue
        if file.name in (_SYMPTOMS, _PROGRAMME, _CANNED, page.FILE):
            continue
        content = datafiles.load(file, TopicFile)
        for name, topic in content.topics.items():
            if name in topics:
                raise refusal(file, ("topics", name), "stands in two files")
            topics[name] = Topic(id=name, section=content.section, file=file, **topic.dict())
    return topics, texts


def _check_topics(own: dict[str, Topic], shipped: dict[str, Topic]) -> None:
    for name, topic in own.items():
        if name not in shipped:
            choices = ", ".join(sorted(shipped))
            raise refusal(topic.file, ("topics", name), f"is no topic of Hipline's; they are {choices}")
        if topic.section != shipped[name].section:
            problem = f"{name} belongs to the section {shipped[name].section!r}"
            raise refusal(topic.file, ("section",), problem)


def _check_texts(file: Path, own: dict[str, Text], shipped: dict[str, Text]) -> None:
    for name, text in own.items():
        if name not in shipped:
            raise refusal(file, ("texts", name), "is no text that Hipline says")
        shipped_ones = set().union(*_placeholders(SHIPPED / _TEXTS, name, shipped[name]).values())
        for form, found in _placeholders(file, name, text).items():
            if unknown := found - shipped_ones - COMMON:
                raise refusal(file, ("texts", name, form), f"{{{unknown.pop()}}} can't be filled in here")


def _placeholders(file: Path, name: str, text: Text) -> dict[str, set[str]]:
    """What each form of a text has in braces."""
    found: dict[str, set[str]] = {}
    for form, said in (("text", text.text), ("sms", text.sms or "")):
        try:
            parts = list(string.Formatter().parse(said))
        except ValueError as error:
            raise refusal(file, ("texts", name), f"{error}: write {{{{ for a brace") from None
        if odd := next((field for _, field, spec, conversion in parts if spec or conversion), None):
            raise refusal(file, ("texts", name, form), f"{{{odd}}} can have no format")
        found[form] = {field for _, field, _, _ in parts if field is not None}
    return found
