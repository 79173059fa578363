"""What the Asterisk tells of its channels, as far as we need it (rest-api/api-docs/events.json of 22.x, seen November 2026)."""

from typing import TypeVar

import msgspec
from msgspec import Struct, field

STASIS = "Stasis"
T = TypeVar("T")


class CallerId(Struct):
    name: str = ""
    number: str = ""


class Dialplan(Struct):
    exten: str = ""
    app_name: str = ""
    app_data: str = ""


class Channel(Struct):
    """One leg of a call, as Asterisk sees it."""

    id: str
    name: str = ""
    state: str = ""
    caller: CallerId = field(default_factory=CallerId)
    dialplan: Dialplan = field(default_factory=Dialplan)
    channelvars: dict[str, object] = field(default_factory=dict)

    def is_in(self, app: str) -> bool:
        """It is held by this application."""
        return self.dialplan.app_name == STASIS and self.dialplan.app_data.partition(",")[0] == app


class Bridge(Struct):
    id: str


class Recording(Struct):
    name: str = ""


class Happened(Struct):
    """One event. Whatever an event does not have is empty."""

    type: str
    application: str = ""
    channel: Channel | None = None
    peer: Channel | None = None
    """Of `Dial`: who is called."""
    args: tuple[str, ...] = ()
    digit: str = ""
    cause: int = 0
    dialstatus: str = ""
    recording: Recording | None = None
    result: str = ""
    """Of `BridgeBlindTransfer`."""
    replace_channel: Channel | None = None
    """Of `StasisStart`: whose place it takes, as a phone's attended transfer does it."""

    @property
    def about(self) -> str:
        """The id of the channel that it is about, or the recording's name."""
        if self.type == "Dial":
            return self.peer.id if self.peer else ""
        if self.channel:
            return self.channel.id
        return self.recording.name if self.recording else ""


def read(text: str | bytes) -> Happened | None:
    """An event, or None where it has another form: newer versions tell more than we know."""
    try:
        return msgspec.json.decode(text, type=Happened)
    except msgspec.MsgspecError:
        return None


def channels(answer: object) -> list[Channel]:
    """Of `GET /channels`. One that has another form is passed over."""
    return [channel for one in _rows(answer) if (channel := _converted(one, Channel))]


def channel(answer: object) -> Channel | None:
    return _converted(answer, Channel)


def bridges(answer: object) -> list[Bridge]:
    return [bridge for one in _rows(answer) if (bridge := _converted(one, Bridge))]


def recordings(answer: object) -> list[Recording]:
    return [recording for one in _rows(answer) if (recording := _converted(one, Recording))]


def _rows(answer: object) -> list[object]:
    return answer if isinstance(answer, list) else []


def _converted(value: object, kind: type[T]) -> T | None:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None
