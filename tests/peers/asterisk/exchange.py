"""The exchange: channels, bridges, applications and recordings, and what may be done with them. Its events go to whoever has the socket."""

import io
import wave
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

from tests.peers.asterisk.frames import FRAME_BYTES

SILENCE = bytes(FRAME_BYTES)
UNANSWERED = ("Down", "Rsrvd", "Ringing")
"""States of channels that Asterisk itself has called: nothing can be done with them yet (channel_state_invalid)."""
REASONS = {"normal": 16, "busy": 17, "congestion": 34, "no_answer": 19, "timeout": 18, "rejected": 21, "failure": 38}


class Refusal(Exception):
    """What the REST interface answers instead."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class End(Protocol):
    """What a channel leads to: a caller, a phone, or a media connection."""

    def frame(self) -> bytes | None:
        """What comes from there in these 20 ms."""
        ...

    def deliver(self, frame: bytes) -> None: ...

    def hear_digit(self, digit: str) -> None:
        """A key that somebody else in the bridge has pressed."""
        ...

    def dropped(self, cause: int) -> None:
        """The exchange has hung up."""
        ...


@dataclass(eq=False)
class Channel:
    id: str
    name: str
    end: End
    state: str = "Down"
    number: str = ""
    caller_name: str = ""
    exten: str = ""
    app: str = ""
    """Whose application it was asked for."""
    is_in_stasis: bool = False
    args: tuple[str, ...] = ()
    bridge: "Bridge | None" = None
    variables: dict[str, str] = field(default_factory=dict)
    is_subscribed: bool = False

    def as_json(self) -> dict[str, Any]:
        data = ",".join((self.app, *self.args)) if self.is_in_stasis else ""
        return {
            "id": self.id, "name": self.name, "state": self.state, "protocol_id": "", "accountcode": "", "language": "en",
            "caller": {"name": self.caller_name, "number": self.number}, "connected": {"name": "", "number": ""},
            "creationtime": "2026-11-22T08:00:00.000+0000",
            "dialplan": {
                "context": "default", "exten": self.exten, "priority": 1,
                "app_name": "Stasis" if self.is_in_stasis else "", "app_data": data,
            },
        }  # fmt: skip


@dataclass(eq=False)
class Bridge:
    id: str
    kind: str
    name: str
    channels: list[Channel] = field(default_factory=list)
    recordings: list["Recording"] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "technology": "simple_bridge", "bridge_type": self.kind, "bridge_class": "stasis", "creator": "Stasis",
            "name": self.name, "channels": [channel.id for channel in self.channels], "creationtime": "2026-11-22T08:00:00.000+0000",
        }  # fmt: skip


@dataclass(eq=False)
class Recording:
    name: str
    bridge: Bridge
    pcm: bytearray = field(default_factory=bytearray)
    is_paused: bool = False

    def as_json(self, state: str) -> dict[str, Any]:
        return {"name": self.name, "format": "wav", "state": state, "target_uri": f"bridge:{self.bridge.id}"}

    def as_wav(self) -> bytes:
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(8_000)
            out.writeframes(bytes(self.pcm))
        return file.getvalue()


Send = Callable[[dict[str, Any]], None]


class Exchange:
    """What there is, and what becomes of it."""

    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self.bridges: dict[str, Bridge] = {}
        self.live: dict[str, Recording] = {}
        self.stored: dict[str, Recording] = {}
        self.apps: dict[str, Send | None] = {}
        """None: it was there, and its socket is away."""
        self.missed: list[dict[str, Any]] = []
        self._numbers = count(1)

    def new_id(self) -> str:
        return f"1795334400.{next(self._numbers)}"

    # Applications

    def register(self, app: str, send: Send) -> None:
        """A second socket replaces the first (app_update)."""
        before = self.apps.get(app)
        if before is not None:
            before({"type": "ApplicationReplaced", "application": app, "timestamp": "2026-11-22T08:00:00.000+0000"})
        self.apps[app] = send

    def deactivate(self, app: str, send: Send) -> None:
        if self.apps.get(app) is send:
            self.apps[app] = None

    def is_active(self, app: str) -> bool:
        return self.apps.get(app) is not None

    def emit(self, app: str, kind: str, **what: Any) -> None:
        event = {"type": kind, "application": app, "timestamp": "2026-11-22T08:00:00.000+0000", "asterisk_id": "00:11:22", **what}
        send = self.apps.get(app)
        if send is None:
            self.missed.append(event)
        else:
            send(event)

    def about(self, channel: Channel, kind: str, **what: Any) -> None:
        """An event of a channel that its application follows."""
        if channel.app and (channel.is_in_stasis or channel.is_subscribed):
            self.emit(channel.app, kind, channel=channel.as_json(), **what)

    # Channels

    def find(self, name: str) -> Channel:
        if (channel := self.channels.get(name)) is None:
            raise Refusal(404, "Channel not found")
        return channel

    def controlled(self, name: str) -> Channel:
        """One that is in an application (find_control)."""
        channel = self.find(name)
        if not channel.is_in_stasis:
            raise Refusal(409, "Channel not in Stasis application")
        return channel

    def usable(self, name: str) -> Channel:
        channel = self.controlled(name)
        if channel.state in UNANSWERED:
            raise Refusal(412, "Channel in invalid state")
        return channel

    def add(self, channel: Channel) -> Channel:
        if channel.id in self.channels:
            raise Refusal(409, "Channel with given unique ID already exists")
        self.channels[channel.id] = channel
        return channel

    def enter(self, channel: Channel, app: str, args: tuple[str, ...]) -> bool:
        """`Stasis(app,args)`: False where the application is not there, and the dialplan goes on."""
        if not self.is_active(app):
            return False
        channel.app, channel.args, channel.is_in_stasis = app, args, True
        self.emit(app, "StasisStart", args=list(args), channel=channel.as_json())
        return True

    def set_state(self, channel: Channel, state: str) -> None:
        if channel.state != state:
            channel.state = state
            self.about(channel, "ChannelStateChange")

    def hang_up(self, channel: Channel, cause: int, *, is_asked: bool = False) -> None:
        """The whole end of a channel, in Asterisk's order."""
        if self.channels.get(channel.id) is not channel:
            return
        if not is_asked:
            self.about(channel, "ChannelHangupRequest", cause=cause)
        self.leave_bridge(channel)
        if channel.is_in_stasis:
            self.about(channel, "StasisEnd")
        del self.channels[channel.id]
        self.about(channel, "ChannelDestroyed", cause=cause, cause_txt="")
        channel.is_in_stasis = channel.is_subscribed = False
        if is_asked:
            channel.end.dropped(cause)

    def press(self, channel: Channel, digit: str) -> None:
        """The end of a key press: our application is told, and so are the others in the bridge."""
        self.about(channel, "ChannelDtmfReceived", digit=digit, duration_ms=100)
        for other in list(channel.bridge.channels if channel.bridge else ()):
            if other is not channel:
                other.end.hear_digit(digit)

    # Bridges

    def bridge(self, name: str) -> Bridge:
        if (bridge := self.bridges.get(name)) is None:
            raise Refusal(404, "Bridge not found")
        return bridge

    def make_bridge(self, name: str, kind: str, title: str) -> Bridge:
        if name in self.bridges:
            raise Refusal(409, f"Bridge with id '{name}' already exists")
        self.bridges[name] = Bridge(name, kind, title)
        return self.bridges[name]

    def end_bridge(self, name: str) -> None:
        bridge = self.bridge(name)
        for channel in list(bridge.channels):
            self.leave_bridge(channel)
        for recording in list(bridge.recordings):
            self.finish(recording)
        del self.bridges[name]

    def join(self, bridge: Bridge, name: str) -> None:
        channel = self.channels.get(name)
        if channel is None:
            raise Refusal(400, "Channel not found")
        if not channel.is_in_stasis:
            raise Refusal(422, "Channel not in Stasis application")
        self.leave_bridge(channel)
        bridge.channels.append(channel)
        channel.bridge = bridge
        self.about(channel, "ChannelEnteredBridge", bridge=bridge.as_json())

    def part(self, bridge: Bridge, name: str) -> None:
        channel = self.channels.get(name)
        if channel is None:
            raise Refusal(400, "Channel not found")
        if channel.bridge is not bridge:
            raise Refusal(422, "Channel not in this bridge")
        self.leave_bridge(channel)

    def leave_bridge(self, channel: Channel) -> None:
        if (bridge := channel.bridge) is not None:
            bridge.channels.remove(channel)
            channel.bridge = None
            self.about(channel, "ChannelLeftBridge", bridge=bridge.as_json())

    # Recordings

    def record(self, bridge: Bridge, name: str) -> Recording:
        if name in self.live or name in self.stored:
            raise Refusal(409, f"Recording '{name}' already exists and can not be overwritten")
        recording = self.live[name] = Recording(name, bridge)
        bridge.recordings.append(recording)
        self.emit(self._app_of(bridge), "RecordingStarted", recording=recording.as_json("recording"))
        return recording

    def finish(self, recording: Recording) -> None:
        del self.live[recording.name]
        recording.bridge.recordings.remove(recording)
        self.stored[recording.name] = recording
        self.emit(self._app_of(recording.bridge), "RecordingFinished", recording=recording.as_json("done"))

    def recording(self, shelf: dict[str, Recording], name: str) -> Recording:
        if name not in shelf:
            raise Refusal(404, "Recording not found")
        return shelf[name]

    def _app_of(self, bridge: Bridge) -> str:
        return next((channel.app for channel in bridge.channels if channel.app), next(iter(self.apps), ""))

    # Sound

    def tick(self) -> None:
        """20 ms: every channel of a bridge hears what comes from the others."""
        spoken: dict[Channel, bytes | None] = {channel: channel.end.frame() for channel in list(self.channels.values())}
        for bridge in list(self.bridges.values()):
            for channel in list(bridge.channels):
                others = [frame for other in bridge.channels if other is not channel and (frame := spoken.get(other))]
                channel.end.deliver(mixed(others))
            for recording in bridge.recordings:
                if not recording.is_paused:
                    recording.pcm += mixed([frame for channel in bridge.channels if (frame := spoken.get(channel))])


def mixed(frames: list[bytes]) -> bytes:
    """The loudest of them, which is near enough to a sum for what is asked here; silence without any."""
    return max(frames, key=lambda frame: len(frame.strip(b"\0")), default=SILENCE)


class Voice:
    """What somebody says and hears, frame by frame. `heard` is all that came, silence too."""

    def __init__(self) -> None:
        self._says: deque[bytes] = deque()
        self.heard = bytearray()

    def say(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), FRAME_BYTES):
            self._says.append(pcm[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0"))

    @property
    def is_speaking(self) -> bool:
        return bool(self._says)

    def frame(self) -> bytes:
        return self._says.popleft() if self._says else SILENCE
