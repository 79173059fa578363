"""One line per event, for people or for machines; never a customer's text, never a secret.

Say what happened in a constant sentence and give the facts as `extra`: `log.info("lane taken", extra={"lane": 3})`. The rule is kept by
whoever writes the line; the net under it: known secrets and what looks like one are blacked out, and of an exception only its type and
place are written, because the message of a foreign exception may quote what a customer wrote.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TextIO
from urllib.parse import quote

from gateway.core.errors import FrontdeskError

HIDDEN = "[hidden]"
_SHORTEST_SECRET = 6
_LOOKS_SECRET = re.compile(
    r"(?i)(?P<name>authorization\W{1,4}(?:bearer|basic)\s+|bearer\s+"
    r"|(?<![a-z])(?:password|passwd|secret|token|api_?key|jwt)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;@]{6,}"
    r"|(?P<user>://[^\s/:@]*:)[^\s/@]+(?=@)"
    r"|\bwhsec_[A-Za-z0-9+/=]+|\beyJ[\w-]+\.[\w-]+\.[\w-]*"
)
_ROOT = Path(__file__).resolve().parent.parent
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure(
    level: str = "info", form: Literal["text", "json"] = "text", *, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Send all log lines of the process to `stream` (the standard error). Safe to repeat: the last call counts."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter(form, secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("asyncio", "aiohttp.access"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("aiohttp.websocket").setLevel(max(logging.ERROR, root.level))  # its warnings quote what clients sent: tokens, perhaps
    logging.captureWarnings(capture=True)


def place(error: BaseException, depth: int = 3) -> str:
    """An error's type and where it came from, innermost first: `ValueError at gateway/turns.py:88 in decide < ...`.

    With its message only for errors of ours, whose messages are fit for operators.
    """
    frames = traceback.extract_tb(error.__traceback__)[-depth:]
    steps = " < ".join(f"{_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in reversed(frames))
    said = f" ({error})" if isinstance(error, FrontdeskError) else ""
    caused = f"; from {type(error.__cause__).__name__}" if error.__cause__ is not None else ""
    return f"{type(error).__name__}{said}{' at ' + steps if steps else ''}{caused}"


class LineFormatter(logging.Formatter):
    """One record as one line."""

    def __init__(self, form: Literal["text", "json"], secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._write = _as_json if form == "json" else _as_text
        told = {form for secret in secrets if len(secret) >= _SHORTEST_SECRET for form in _forms(secret)}
        known = sorted(told, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def format(self, record: logging.LogRecord) -> str:
        facts = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            facts["error"] = place(record.exc_info[1])
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return self.redact(self._write(at, record, facts))

    def redact(self, line: str) -> str:
        """The line without what is, or looks like, a secret."""
        if self._known is not None:
            line = self._known.sub(HIDDEN, line)
        return _LOOKS_SECRET.sub(lambda found: (found["name"] or found["user"] or "") + HIDDEN, line)


def _forms(secret: str) -> set[str]:
    """How a secret may stand in a line: as it is, quoted for JSON, made printable, or in a URL."""
    return {secret, json.dumps(secret, ensure_ascii=False)[1:-1], _one_line(secret), quote(secret, safe="")}


def _as_text(at: str, record: logging.LogRecord, facts: dict[str, Any]) -> str:
    words = "".join(f" {key}={_bare(value)}" for key, value in facts.items())
    return f"{at} {record.levelname.lower():<7} {record.name}: {_one_line(record.getMessage())}{words}"


def _as_json(at: str, record: logging.LogRecord, facts: dict[str, Any]) -> str:
    line = {"at": at, "level": record.levelname.lower(), "logger": record.name, "event": record.getMessage(), **facts}
    return json.dumps(line, ensure_ascii=False, default=str)


def _bare(value: object) -> str:
    text = _one_line(str(value))
    return text if text and " " not in text and "=" not in text else json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    """Without line breaks: whoever could write one into a log could forge a line."""
    return text if text.isprintable() else "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) and ".venv" not in path.parts else path.name
