"""The fields of a push, XML or JSON, as plain text: read strictly, in bounded time, never more than the platform sends."""

import re
from typing import Any
from xml.parsers import expat

import msgspec
from msgspec import Struct

from gateway.core.errors import BadInput

Fields = dict[str, "str | Fields"]
"""A push as the platform names it. Lists, which only notes about a push hold, are left out."""

DEPTH_MAX = 8
ELEMENTS_MAX_COUNT = 500
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 does not allow (section 2.2), and the delete sign."""
_NOT_OF_NAMES = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Controls, and marks that turn the reading direction."""
_FOLDERS = re.compile(r"[/\\]")
NAME_MAX_CHARS = 200


class Read(Struct, frozen=True):
    """The fields, and how they came."""

    fields: Fields
    is_json: bool


def clean(text: str) -> str:
    """The text without what no message may hold: NUL, control signs, halves of surrogate pairs."""
    return _FORBIDDEN.sub("", text)


def file_name(text: str) -> str:
    """A file's name that shows what it says: agents read it before we have the file."""
    return _FOLDERS.sub("_", _NOT_OF_NAMES.sub("_", text))[:NAME_MAX_CHARS]


def one_line(text: str) -> str:
    """What somebody calls themself, on one line that reads in its own direction."""
    return " ".join(_NOT_OF_NAMES.sub(" ", text).split())


def word(fields: Fields, name: str) -> str:
    """A field's text; "" where there is none, or something else than text."""
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def inside(fields: Fields, name: str) -> Fields:
    """The fields inside a field."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def read(body: bytes) -> Read:
    """The fields of a body. Raises BadInput; never anything else, whatever the bytes."""
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"{"):
        return Read(_json(text), is_json=True)
    return Read(_xml(text), is_json=False)


def _json(body: bytes) -> Fields:
    try:
        return _plain(msgspec.json.decode(body), 0)
    except (msgspec.DecodeError, ValueError, RecursionError):  # ValueError: not UTF-8, or a number of thousands of digits
        raise BadInput("bad_json", "a JSON object in UTF-8") from None


def _plain(found: Any, depth: int) -> Fields:
    if not isinstance(found, dict) or depth > DEPTH_MAX:
        raise BadInput("bad_json", "an object of few levels")
    fields: Fields = {}
    for name, value in found.items():
        if isinstance(value, dict):
            fields[name] = _plain(value, depth + 1)
        elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
            fields[name] = clean(str(value))
    return fields


def _xml(body: bytes) -> Fields:
    reader = _Reader()
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(body.decode(), True)  # noqa: FBT003 - expat's own signature
    except (expat.ExpatError, UnicodeError, ValueError):
        raise BadInput("bad_xml", "well-formed XML in UTF-8") from None
    if not isinstance(reader.root, dict):
        raise BadInput("bad_xml", "an element with fields")
    return reader.root


class _Reader:
    """Builds the fields as the parser goes. Of fields that come twice the first holds."""

    def __init__(self) -> None:
        self.root: str | Fields = ""
        self._open: list[tuple[str, Fields, list[str]]] = []
        self._count = 0

    def doctype(self, *_: object) -> None:
        """Entities are declared there, and nowhere else: none of them is ever expanded."""
        raise BadInput("doctype", "XML without a document type")

    def begin(self, name: str, _: object) -> None:
        self._count += 1
        if self._count > ELEMENTS_MAX_COUNT or len(self._open) >= DEPTH_MAX:
            raise BadInput("bad_xml", "few fields, not deeply nested")
        self._open.append((name, {}, []))

    def text(self, data: str) -> None:
        self._open[-1][2].append(data)

    def end(self, _: str) -> None:
        name, fields, texts = self._open.pop()
        value: str | Fields = fields or clean("".join(texts))
        if self._open:
            self._open[-1][1].setdefault(name, value)
        else:
            self.root = value
