"""Opens the sound of a call: an `externalMedia` channel of the Asterisk's, and its other end here."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Protocol

from adapters.phone.asterisk.ari import Ari, AriFailed
from adapters.phone.asterisk.audiosocket import AudioSockets, AudioStream
from adapters.phone.asterisk.happened import channel
from adapters.phone.asterisk.programme import Out
from adapters.phone.driver import LineFailed
from adapters.phone.media import MediaSocket, Tell
from config.phone import Phone

FORMAT = "slin"
CONNECTION_VARIABLE = "MEDIA_WEBSOCKET_CONNECTION_ID"


class Sounds(Protocol):
    """One way to carry sound."""

    async def open(self) -> None:
        """Before the first call. Raises OSError where a port is taken."""
        ...

    async def begin(self, media: str, tell: Tell) -> Out:
        """The channel `media` is made, and connected with us. Raises AriFailed or LineFailed."""
        ...

    async def close(self) -> None: ...


class SocketSounds:
    """chan_websocket: the Asterisk keeps the time."""

    def __init__(self, ari: Ari, app: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self._ari = ari
        self._app = app
        self._now = now

    async def open(self) -> None:
        """Nothing of ours is open."""

    async def begin(self, media: str, tell: Tell) -> Out:
        made = channel(await self._make(media))
        connection = made.channelvars.get(CONNECTION_VARIABLE) if made else None
        if not isinstance(connection, str) or not connection:
            raise LineFailed("expected a media socket of the Asterisk (chan_websocket), got none", code="unable")
        return MediaSocket(await self._ari.media(connection), tell, now=self._now)

    async def _make(self, media: str) -> object:
        try:
            return await self._ari.post(
                "channels", "externalMedia",
                channelId=media, app=self._app, data="media", external_host="INCOMING", transport="websocket",
                encapsulation="none", connection_type="server", format=FORMAT,
            )  # fmt: skip
        except AriFailed as error:
            if error.status in (400, 500, 501):  # what those without it answer
                raise LineFailed('expected chan_websocket at the Asterisk, got none: media = "audiosocket"?', code="unable") from error
            raise

    async def close(self) -> None:
        """Every socket is its call's."""


class StreamSounds:
    """AudioSocket, for an Asterisk without chan_websocket: we keep the time."""

    def __init__(
        self,
        ari: Ari,
        app: str,
        listen: str,
        *,
        timeout_s: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ari = ari
        self._app = app
        self._timeout_s = timeout_s
        self._now = now
        self._sleep = sleep
        self._sockets = AudioSockets(listen)

    async def open(self) -> None:
        await self._sockets.open()

    async def begin(self, media: str, tell: Tell) -> Out:
        call = uuid.uuid4()
        connection = self._sockets.expect(call)
        try:
            await self._ari.post(
                "channels", "externalMedia",
                channelId=media, app=self._app, data=str(call), external_host=self._sockets.address, transport="tcp",
                encapsulation="audiosocket", format=FORMAT,
            )  # fmt: skip
            async with asyncio.timeout(self._timeout_s):
                reader, writer = await connection
        except TimeoutError as error:
            raise LineFailed("expected the Asterisk to connect to audiosocket_listen, got nothing", code="unreachable") from error
        except AriFailed as error:
            if error.status == 500:  # what it answers where it could not connect
                raise LineFailed("expected the Asterisk to reach audiosocket_listen, got its error", code="unreachable") from error
            raise
        finally:
            connection.cancel()
        return AudioStream(reader, writer, tell, now=self._now, sleep=self._sleep)

    async def close(self) -> None:
        await self._sockets.close()


def open_sounds(ari: Ari, settings: Phone, *, now: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> Sounds:
    """As the settings say."""
    asterisk = settings.asterisk
    match asterisk.media:
        case "websocket":
            return SocketSounds(ari, asterisk.app, now=now)
        case "audiosocket":
            return StreamSounds(ari, asterisk.app, asterisk.audiosocket_listen, timeout_s=settings.timeout_s, now=now, sleep=sleep)
