"""Data files that people edit: YAML, checked against a schema; a refusal names the file, the line and the field."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Model = TypeVar("Model", bound=BaseModel)


class DataFileError(ValueError):
    """A data file is missing, is no YAML, or does not fit its schema. The message says where, and what to do."""

    def __init__(self, file: Path, problem: str, line: int | None = None, field: str = "") -> None:
        self.file, self.line, self.field, self.problem = file, line, field, problem
        where = str(file) if line is None else f"{file}:{line}"
        super().__init__(f"{where}: {field + ': ' if field else ''}{problem}")


class _Constructor(RoundTripConstructor):
    """Leaves ${NAME} alone: where Rasa was imported, its own reading of it holds for the whole process."""


_Constructor.add_constructor("!env_var", lambda _, node: node.value)


class _AsWritten(_Constructor):
    """Leaves numbers as they are written: 000 is a telephone number in Australia."""


for _number in ("int", "float"):
    _AsWritten.add_constructor(f"tag:yaml.org,2002:{_number}", lambda _, node: node.value)


def read(file: Path, *, as_written: bool = False) -> Any:
    """The parsed YAML of `file`, with its line numbers kept inside; its numbers as text where `as_written`.

    Raises `DataFileError`.
    """
    return _parsed(file, _content(file), as_written)


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise DataFileError(file, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DataFileError(file, "is not UTF-8 text: save it with the encoding UTF-8") from None


def _parsed(file: Path, content: str, as_written: bool) -> Any:
    yaml = YAML(typ="rt")
    yaml.Constructor = _AsWritten if as_written else _Constructor
    try:
        return yaml.load(content)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = (error.problem or "is no YAML").split("\n")[0]
        raise DataFileError(file, problem, mark.line + 1 if mark else None) from None
    except (YAMLError, ValueError) as error:  # ValueError: a date that no calendar has
        raise DataFileError(file, f"is no YAML: {error}") from None


def load(file: Path, schema: type[Model], *, as_written: bool = False) -> Model:
    """`file` as an instance of `schema`, not to be changed: who loads the same file again gets the same instance.

    Raises `DataFileError` for the first thing that does not fit.
    """
    return _fitted(file, _content(file), schema, as_written)


@lru_cache(maxsize=256)  # a file with its content: several parts of one process read the same, and parsing is slow
def _fitted(file: Path, content: str, schema: type[Model], as_written: bool) -> Model:
    data = _parsed(file, content, as_written)
    if not isinstance(data, dict):
        raise DataFileError(file, "must hold fields, as `name: value` lines", 1)
    try:
        return schema.parse_obj(_plain(data))
    except ValidationError as error:
        errors = error.errors()
        # Of a misspelt field, the name that is there is told before the one that is missing for it.
        first = next((one for one in errors if one["type"] == "value_error.extra"), errors[0])
        # A key that is not allowed is called `__key__`; what it is stands in the context.
        named = {"__key__": str(first.get("ctx", {}).get("given", "?"))}
        path = tuple(named.get(str(part), part) for part in first["loc"] if part != "__root__")
        field = ".".join(str(part) for part in path)
        raise DataFileError(file, _problem(first), line_of(data, path), field) from None


def refusal(file: Path, path: tuple[str | int, ...], problem: str) -> DataFileError:
    """The error for what is wrong with the field at `path` beyond its form, with its line."""
    return DataFileError(file, problem, line_of(read(file), path), ".".join(map(str, path)))


def line_of(data: Any, path: tuple[str | int, ...]) -> int | None:
    """The line (from 1) where the field at `path` stands in what `read` returned, or that of the nearest parent."""
    line = None
    for part in path:
        if not isinstance(data, (CommentedMap, CommentedSeq)):
            break
        try:
            line = (data.lc.key(part) if isinstance(data, CommentedMap) else data.lc.item(part))[0] + 1
            data = data[part]
        except (KeyError, IndexError, TypeError):
            if line is None:
                line = data.lc.line + 1
            break
    return line


def _problem(error: Mapping[str, Any]) -> str:
    kind = error["type"]
    if kind == "value_error.extra":
        return "is not a field that is known here: check its spelling, or remove it"
    if kind == "value_error.missing":
        return "is missing"
    return str(error["msg"])


def _plain(data: Any) -> Any:
    """The same without ruamel's own types, which carry comments and quoting along."""
    if isinstance(data, dict):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return str(data) if isinstance(data, str) else data
