"""What may be said. Topics and texts are data files beside this module; a clinic puts its own over them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot import datafiles
from bot.datafiles import DataFileError
from bot.knowledge.models import SMS_LIMIT, Aspect, Review, Text, TextFile, Topic, TopicFile, source_line

__all__ = ["SHIPPED", "Aspect", "Knowledge", "Review", "SMS_LIMIT", "Text", "Topic", "load", "source_line"]

SHIPPED = Path(__file__).parent
_TEXTS = "texts.yml"


class Knowledge:
    """All topics by id, and the other texts by name. Built by `load`."""

    def __init__(self, topics: dict[str, Topic], texts: dict[str, Text]) -> None:
        self.topics = topics
        self._texts = texts

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


def load(override: Path | None = None) -> Knowledge:
    """The shipped knowledge, with the topics and texts of the files in `override` in place of the shipped ones.

    Raises `DataFileError` for the first file, topic and field that is wrong.
    """
    topics: dict[str, Topic] = {}
    texts: dict[str, Text] = {}
    placeholders: dict[str, set[str]] = {}
    for file in _files(SHIPPED):
        if file.name == _TEXTS:
            texts = datafiles.load(file, TextFile).texts
            placeholders = {name: _fields(file, name, text) for name, text in texts.items()}
            continue
        for topic in _topics(file):
            if topic.id in topics:
                raise DataFileError(file, "stands in two files", field=f"topics.{topic.id}")
            topics[topic.id] = topic
    if override is not None:
        if not override.is_dir():
            raise DataFileError(override, "is no folder: make it, or clear the setting knowledge_folder")
        for file in _files(override):
            if file.name == _TEXTS:
                for name, text in datafiles.load(file, TextFile).texts.items():
                    if name not in texts:
                        raise DataFileError(file, "is no text that Hipline says", field=f"texts.{name}")
                    if unknown := _fields(file, name, text) - placeholders[name]:
                        raise DataFileError(file, f"{{{unknown.pop()}}} can't be filled in here", field=f"texts.{name}")
                    texts[name] = text
                continue
            for topic in _topics(file):
                if topic.id not in topics:
                    raise DataFileError(file, "is no topic of Hipline's", field=f"topics.{topic.id}")
                if topic.section != topics[topic.id].section:
                    raise DataFileError(file, f"{topic.id} belongs to {topics[topic.id].section!r}", field="section")
                topics[topic.id] = topic
    for topic in topics.values():
        for other in topic.next:
            if other not in topics or other == topic.id:
                raise DataFileError(SHIPPED, f"{other!r} is no other topic", field=f"topics.{topic.id}.next")
    return Knowledge(topics, texts)


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.glob("*.yml"))


def _topics(file: Path) -> Iterator[Topic]:
    content = datafiles.load(file, TopicFile)
    for name, topic in content.topics.items():
        yield Topic(id=name, section=content.section, **topic.dict())


def _fields(file: Path, name: str, text: Text) -> set[str]:
    import string

    try:
        forms = [text.text, text.sms or ""]
        return {field for form in forms for _, field, _, _ in string.Formatter().parse(form) if field is not None}
    except ValueError as error:
        raise DataFileError(file, f"{error}: write {{{{ for a brace", field=f"texts.{name}") from None
