"""The words of a media socket: what it says as text beside the sound, in both forms that are published.

    MEDIA_START connection_id:… channel:… channel_id:… format:slin optimal_frame_size:320 ptime:20
    {"event": "MEDIA_START", "format": "slin", "optimal_frame_size": 320, "ptime": 20, …}

Asterisk's `chan_websocket` speaks one or the other, as its dial string says (docs.asterisk.org, "WebSocket channel driver", seen November
2026); our own worker speaks the first. Whoever hears JSON answers in JSON.
"""

import json
from collections.abc import Mapping

from msgspec import Struct

TEXT_MAX_BYTES = 16_384
"""Of one command or event; a MEDIA_START in JSON carries the channel's variables."""

_BARE = ("MEDIA_MARK_PROCESSED", "MEDIA_BUFFERING_COMPLETED", "STOP_MEDIA_BUFFERING", "MARK_MEDIA")
"""Their argument stands without a name in the plain form."""


class Word(Struct, frozen=True):
    """One event or command."""

    name: str
    values: Mapping[str, str] = {}
    is_json: bool = False

    @property
    def id(self) -> str:
        return self.values.get("correlation_id", "")


def read(text: str) -> Word | None:
    """What was said, or None where it is no word of ours: such are passed over, as newer versions say more."""
    if len(text) > TEXT_MAX_BYTES:
        return None
    return _read_json(text) if text.lstrip().startswith("{") else _read_plain(text)


def write(name: str, values: Mapping[str, str] | None = None, *, is_json: bool = False, is_event: bool = False) -> str:
    """A command (or, `is_event`, an event) as it goes over the wire."""
    values = values or {}
    if is_json:
        return json.dumps({"event" if is_event else "command": name, **values})
    if name in _BARE:
        return f"{name} {values['correlation_id']}" if values.get("correlation_id") else name
    return " ".join((name, *(f"{key}:{value}" for key, value in values.items())))


def _read_plain(text: str) -> Word | None:
    name, *rest = text.split() or [""]
    if not name:
        return None
    if name in _BARE:
        return Word(name, {"correlation_id": rest[0].removeprefix("correlation_id:")} if rest else {})
    return Word(name, dict(_pair(part) for part in rest if ":" in part))


def _pair(part: str) -> tuple[str, str]:
    key, _, value = part.partition(":")
    return key, value


def _read_json(text: str) -> Word | None:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    name = said.get("event") or said.get("command")
    if not isinstance(name, str):
        return None
    return Word(name, {key: str(value) for key, value in said.items() if isinstance(value, str | int)}, is_json=True)
