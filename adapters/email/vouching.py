"""Reads `Authentication-Results` (RFC 8601): what a mail server of ours found out about who sent a mail. Pure, and linear in its input.

Anybody can write such a header into their own mail. Servers put theirs on top, and take out those that bear their own name (section 5); so
the topmost one with the configured name is believed, if it stands above everything that the mail's author wrote, and no other.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

VALUE_MAX_CHARS = 8_192
MICROSOFT = "mx.microsoft.com"
"""Exchange Online names itself in no `Authentication-Results` (seen 2026-11): one without a name counts as this."""
_LENIENT = re.compile(r"\b(?:p|policy|action)=none\b")
_WRITTEN_BY_AUTHORS = frozenset({"from", "date", "subject", "message-id", "mime-version", "dkim-signature"})


class Finding(Struct, frozen=True):
    """One method's result, all in lower case: ("dkim", "pass", {"header.d": "example.com"})."""

    method: str
    result: str
    of: tuple[tuple[str, str], ...]

    def said(self, name: str) -> str:
        """The value of a property, "" where it is not told."""
        return next((value for key, value in self.of if key == name), "")


class Statement(Struct, frozen=True):
    """What one server says. `by` is its name in lower case; "" where it gives none."""

    by: str
    findings: tuple[Finding, ...]
    is_lenient: bool = False
    """It tells that the sender's domain asks for nothing where DMARC fails (`p=none`): Gmail and OpenDMARC in a comment."""

    def of(self, method: str) -> list[Finding]:
        """What it found by this method."""
        return [finding for finding in self.findings if finding.method == method]


def trusted(headers: Sequence[tuple[str, str]], authserv_id: str) -> Statement | None:
    """What the server of this name says; None where it says nothing, or its name is not configured."""
    wanted = authserv_id.strip().lower()
    if not wanted:
        return None
    for name, value in headers:
        if name in _WRITTEN_BY_AUTHORS:
            return None
        if name == "authentication-results":
            statement = read(value)
            if (statement.by == wanted and value.lower().startswith(wanted)) or (wanted == MICROSOFT and not statement.by):
                return statement  # its name stands there as it is: a server may overlook a forged one in quotes or behind a comment
    return None


def speakers(headers: Sequence[tuple[str, str]]) -> list[str]:
    """Who could be believed: the names of the servers above what the author wrote, topmost first."""
    found: list[str] = []
    for name, value in headers:
        if name in _WRITTEN_BY_AUTHORS:
            break
        if name == "authentication-results":
            by = read(value).by or MICROSOFT
            if by not in found:
                found.append(by)
    return found


def read(value: str) -> Statement:
    """A header's value. What can't be understood in it is left out."""
    pieces = [" ".join(piece.split()) for piece in _plain(value[:VALUE_MAX_CHARS]).lower().split(";")]
    head = pieces[0].split(" ")[0] if pieces[0] else ""
    by, rest = ("", pieces) if "=" in pieces[0] else (head, pieces[1:])
    findings = tuple(finding for piece in rest if (finding := _finding(piece)) is not None)
    return Statement(by, findings, is_lenient=_LENIENT.search(value[:VALUE_MAX_CHARS].lower()) is not None)


def _finding(piece: str) -> Finding | None:
    words = piece.replace(" = ", "=").replace(" =", "=").replace("= ", "=").split(" ")
    pairs = [(key, value) for key, equals, value in (word.partition("=") for word in words) if equals and key and value]
    if not pairs:
        return None
    (method, result), *properties = pairs
    return Finding(method.split("/")[0], result, tuple(properties))


def _plain(value: str) -> str:
    """Without comments, nested ones included; what stands in quotes can't end anything."""
    made: list[str] = []
    depth, is_quoted, skips = 0, False, False
    for character in value:
        if skips:
            skips = False
            made.append("_" if depth == 0 else "")
        elif character == "\\" and (is_quoted or depth):
            skips = True
        elif is_quoted:
            is_quoted = character != '"'
            made.append("_" if character in "=;( \t)" else character if is_quoted else "")
        elif character == '"' and depth == 0:
            is_quoted = True
        elif character == "(":
            depth += 1
        elif character == ")":
            depth = max(0, depth - 1)
        elif depth == 0:
            made.append(character)
    return "".join(made)
