"""Settings files as plain values that know their lines: YAML, or a table of a pyproject.toml.

YAML is read node by node: no tags, no aliases (they can make a small file large), no key twice.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any, NamedTuple

from dcmlint.errors import UsageError

__all__ = ["Document", "plain_value", "read_document", "read_text", "read_toml"]

MAX_BYTES = 2 << 20
_MAX_NODES = 100_000
_MAX_DEPTH = 40


class Document(NamedTuple):
    """The content of a settings file, in the form "yaml" or "toml". `lines` has the line of each place that
    `path` of a fault names."""

    file: str
    content: Any
    lines: dict[tuple[str | int, ...], int]
    text: str
    form: str = "yaml"

    def line(self, path: tuple[str | int, ...]) -> int:
        """Return the line of a place, or of the nearest one around it; 1 if none is known."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_document(file: str) -> Document:
    """Return the content of the settings file; of a pyproject.toml the table `tool.dcmlint`.

    Raises UsageError, naming file and line, if it cannot be read.
    """
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise UsageError(f"{file} is larger than {MAX_BYTES >> 20} MiB: it is no settings file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text") from error
    return read_toml(file, text) if file.endswith(".toml") else read_text(file, text)


def read_text(file: str, text: str) -> Document:
    """Return the content of YAML text; raises UsageError, naming file and line, if it is none."""
    import yaml

    lines: dict[tuple[str | int, ...], int] = {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        reader = _Reader(file, lines)
        for token in yaml.scan(text, Loader=loader):
            if isinstance(token, (yaml.AliasToken, yaml.TagToken)):
                raise reader.error(token, "aliases and tags are not allowed here")
        node = yaml.compose(text, Loader=loader)
        content = {} if node is None else reader.value(node, (), 0)
    except yaml.YAMLError as error:
        raise _unreadable(file, error) from error
    except RecursionError:
        raise UsageError(f"{file} is nested too deep") from None
    return Document(file, content, lines, text)


def plain_value(text: str) -> Any:
    """Return a value given on the command line in YAML; raises UsageError if it is none."""
    return read_text("--set", text).content


def _unreadable(file: str, error: Any) -> UsageError:
    mark = getattr(error, "problem_mark", None)
    where = f"{file}, line {mark.line + 1}" if mark is not None else file
    return UsageError(f"{where}: {getattr(error, 'problem', None) or 'this is no YAML'}")


class _Reader:
    """Turns YAML nodes into values, and notes their lines."""

    def __init__(self, file: str, lines: dict[tuple[str | int, ...], int]) -> None:
        self.file = file
        self.lines = lines
        self.count = 0

    def error(self, node: Any, message: str) -> UsageError:
        return UsageError(f"{self.file}, line {node.start_mark.line + 1}: {message}")

    def value(self, node: Any, path: tuple[str | int, ...], depth: int) -> Any:
        self.count += 1
        if self.count > _MAX_NODES or depth > _MAX_DEPTH:
            raise self.error(node, "the file is too large or nested too deep")
        self.lines.setdefault(path, node.start_mark.line + 1)
        if node.id == "mapping":
            return self.mapping(node, path, depth)
        if node.id == "sequence":
            return [self.value(each, (*path, number), depth + 1) for number, each in enumerate(node.value)]
        return self.scalar(node)

    def mapping(self, node: Any, path: tuple[str | int, ...], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.id != "scalar":
                raise self.error(key_node, "a key must be a word")
            key = key_node.value
            if key in found:
                raise self.error(key_node, f"the key {key!r} is there twice")
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            found[key] = self.value(value_node, (*path, key), depth + 1)
        return found

    def scalar(self, node: Any) -> Any:
        kind = node.tag.rpartition(":")[2]
        text: str = node.value
        if kind == "bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"  # YES, NO, ON and OFF are values of Attributes and stay text
        if kind == "null":
            return None
        if kind == "int" and re.fullmatch(r"[-+]?(0|[1-9][0-9]*)", text):
            return int(text)
        if kind == "float" and re.fullmatch(r"[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?", text):
            return float(text)
        if kind == "timestamp" and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            try:
                return datetime.date.fromisoformat(text)
            except ValueError:
                raise self.error(node, f"{text} is no date") from None
        return text


def read_toml(file: str, text: str) -> Document:
    """Return the content of the table `tool.dcmlint`; raises UsageError, naming the file, if it is none."""
    import tomllib

    try:
        content = tomllib.loads(text).get("tool", {}).get("dcmlint", {})
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file}: {error}") from error
    lines: dict[tuple[str | int, ...], int] = {}
    _toml_lines(text, lines)
    return Document(file, content, lines, text, "toml")


def _toml_lines(text: str, lines: dict[tuple[str | int, ...], int]) -> None:
    """Note the lines of tables and keys below [tool.dcmlint]; of keys in inline tables that of the table."""
    table: tuple[str | int, ...] | None = None
    counts: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*(\[\[?)\s*tool\.dcmlint((?:\.[^\]]+)?)\s*\]", line)
        if header is not None:
            keys = re.findall(r'"([^"]*)"|\'([^\']*)\'|([A-Za-z0-9_-]+)', header[2])
            table = tuple(a or b or c for a, b, c in keys)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            lines.setdefault(table, number)
        elif re.match(r"\s*\[", line) and table is not None and not line.lstrip().startswith(("[ ", '["')):
            table = None if re.match(r"\s*\[\[?\s*[A-Za-z\"']", line) and "=" not in line else table
        elif table is not None:
            key = re.match(r'\s*(?:"([^"]+)"|\'([^\']+)\'|([A-Za-z0-9_-]+))\s*=', line)
            if key is not None:
                lines.setdefault((*table, key[1] or key[2] or key[3]), number)
