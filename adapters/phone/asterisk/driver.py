"""Calls behind an Asterisk: one socket of events, from which each call's leg gets its own, and what is asked of it by its REST interface.

The socket is what makes our application known to the dialplan: while it is away, `Stasis()` fails at once and the dialplan goes on behind
it. Calls that are with us already stay with us: their sound has sockets of its own, and when the events are back, the list of channels
says what happened meanwhile. A caller in our application whom nobody here knows is taken as a new call; a channel, a bridge or a recording
of ours that nobody knows any more is taken away.
"""

import asyncio
import logging
import random
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import ClientWebSocketResponse, WSMsgType

from adapters.phone.asterisk import happened
from adapters.phone.asterisk.ari import Ari, AriFailed
from adapters.phone.asterisk.happened import Channel, Happened
from adapters.phone.asterisk.leg import AsteriskLeg
from adapters.phone.asterisk.means import Means
from adapters.phone.asterisk.sound import open_sounds
from adapters.phone.asterisk.targets import endpoint
from adapters.phone.audio import Pcm
from adapters.phone.driver import Abilities, Health, Incoming, Leg, LineFailed, Take
from adapters.phone.tools import Tools
from config.phone import Phone
from gateway.core.ids import ChannelName

log = logging.getLogger(__name__)

PAUSE_FIRST_S = 0.5
PAUSE_MAX_S = 30.0
PORT_AGAIN_S = 2.0
FINE_S = 60.0
"""A socket that held that long was no failure. One that another program takes from us at once is, however often we get it back."""


class AsteriskDriver:
    """One application of one Asterisk."""

    def __init__(
        self, name: ChannelName, settings: Phone, *, music: Callable[[], Pcm], token: Callable[[], str],
        sleep: Callable[[float], Awaitable[None]], now: Callable[[], float],
    ) -> None:  # fmt: skip
        self._name = name
        self._settings = settings
        self._app = settings.asterisk.app
        self._ari = Ari(settings.asterisk, settings.timeout_s)
        self._music = music
        self._token = token
        self._sleep = sleep
        self._now = now
        self._sounds = open_sounds(self._ari, settings, now=now, sleep=sleep)
        self._legs: dict[str, AsteriskLeg] = {}
        """By the id of each of their channels, and of their recording."""
        self._tasks: asyncio.TaskGroup | None = None
        self._take: Take | None = None
        self._is_up = asyncio.Event()
        self._trouble = "starting"
        self._working: Means | None = None
        self._ours = re.compile(rf"{re.escape(self._app)}\.[0-9a-f]+\.(?:media|agent|call|bridge|recording)")

    @property
    def abilities(self) -> Abilities:
        return Abilities(raw_audio=True, outlives=True)

    # For the legs

    @property
    def is_up(self) -> bool:
        return self._is_up.is_set()

    async def up(self) -> None:
        await self._is_up.wait()

    def claim(self, key: str, leg: AsteriskLeg) -> None:
        self._legs[key] = leg

    def forget(self, key: str) -> None:
        self._legs.pop(key, None)

    # Driver

    async def run(self, take: Take) -> None:
        """Until cancelled. In one process at a time: an application has one socket, and a second takes it from the first."""
        await self._open_sounds_somehow()
        self._working = await self._equip()
        self._take = take
        try:
            async with asyncio.TaskGroup() as self._tasks:
                await self._keep_connected()
        finally:
            self._tasks = None
            self._is_up.clear()
            self._trouble = "stopped"

    async def _open_sounds_somehow(self) -> None:
        """AudioSocket's port may be taken yet, by the process before this one."""
        while True:
            try:
                await self._sounds.open()
            except OSError as error:
                if self._trouble != "unable":
                    log.error("audiosocket_listen can't be had", extra={"channel": self._name, "why": type(error).__name__})  # noqa: TRY400
                self._trouble = "unable"
                await self._sleep(PORT_AGAIN_S)
            else:
                return

    async def dial(self, target: str, *, caller_id: str, ring_s: float) -> Leg:
        if self._tasks is None or self._working is None or not self.is_up:
            raise LineFailed("expected an Asterisk that is there, got none", code="unreachable")
        channel = self._name_of("call")
        where = endpoint(target)
        leg = AsteriskLeg(Incoming(call=channel, number=target, dialled=target), channel, self._working, is_ours=True)
        self._tasks.create_task(leg.run())  # before the call is made: whoever takes it may do so before we hear that it rings
        await asyncio.sleep(0)
        try:
            await self._ari.post(
                "channels", channel,
                endpoint=where, app=self._app, appArgs="call", timeout=str(max(1, round(ring_s))),
                callerId=caller_id or self._settings.asterisk.caller_id,
            )  # fmt: skip
        except asyncio.CancelledError:
            leg.end("by_us")
            raise
        except AriFailed as error:
            leg.end("unreachable")
            raise LineFailed("expected a call to be made, got an error", code="unreachable") from error
        return leg

    @property
    def health(self) -> Health:
        """`refused`: its password is another. `unable`: the port for its sound is taken. `replaced`: another program has taken our
        application's name."""
        return Health(is_up=self.is_up, trouble=self._trouble, facts={"calls": len(set(self._legs.values()))})

    async def close(self) -> None:
        await self._sounds.close()
        await self._ari.close()

    # The socket of events

    async def _keep_connected(self) -> None:
        """Again and again, at growing distances while it does not come about."""
        pause_s = PAUSE_FIRST_S
        while True:
            try:
                socket = await self._ari.events()
            except AriFailed as error:
                self._be_away(error)
            else:
                try:
                    began_s = self._now()
                    await self._follow(socket)
                    if self._now() - began_s > FINE_S:
                        pause_s = PAUSE_FIRST_S
                finally:
                    self._is_up.clear()
                    await socket.close()
            await self._sleep(pause_s * random.uniform(0.8, 1.2))  # noqa: S311 (so that several do not come back at once)
            pause_s = min(PAUSE_MAX_S, pause_s * 2)

    def _be_away(self, error: AriFailed) -> None:
        trouble = "refused" if error.status in (401, 403) else "unreachable"
        if trouble != self._trouble:
            log.warning("the Asterisk does not take our socket", extra={"channel": self._name, "why": str(error)})
        self._trouble = trouble

    async def _follow(self, socket: ClientWebSocketResponse) -> None:
        """One socket, until it ends."""
        try:
            await self._compare()
        except AriFailed as error:
            self._be_away(error)
            return
        self._is_up.set()
        self._trouble = ""
        log.info("connected with the Asterisk", extra={"channel": self._name})
        async for message in socket:
            if message.type is WSMsgType.TEXT and (event := happened.read(message.data)):
                if event.type == "ApplicationReplaced":
                    break
                self._dispatch(event)
        self._trouble = "replaced" if not socket.closed else "unreachable"
        log.warning("the Asterisk's events have ended", extra={"channel": self._name, "why": self._trouble})

    def _dispatch(self, event: Happened) -> None:
        if event.replace_channel is not None and event.channel is not None and (leg := self._legs.get(event.replace_channel.id)):
            leg.swap(event.replace_channel.id, event.channel.id)
        elif (leg := self._legs.get(event.about)) is not None:
            leg.see(event)
        elif self._ours.fullmatch(event.about):
            if event.type in ("StasisStart", "ChannelStateChange") and self._tasks is not None:
                self._tasks.create_task(self._remove_stray(event.about))
        elif event.type == "StasisStart" and event.channel is not None:
            self._welcome(event.channel, event.args)

    async def _compare(self) -> None:
        """What there is at the Asterisk with what we know of. Raises AriFailed."""
        there = happened.channels(await self._ari.get("channels"))
        present = frozenset(channel.id for channel in there)
        for leg in set(self._legs.values()):
            leg.find(present)
        for channel in there:
            if channel.id in self._legs:
                continue
            if self._ours.fullmatch(channel.id):
                await self._remove("channels", channel.id)
            elif channel.is_in(self._app):
                self._welcome(channel, (), is_found=True)
        for bridge in happened.bridges(await self._ari.get("bridges")):
            if self._ours.fullmatch(bridge.id) and not any(leg.owns(bridge.id) for leg in self._legs.values()):
                await self._remove("bridges", bridge.id)
        for recording in happened.recordings(await self._ari.get("recordings", "stored")):
            if self._ours.fullmatch(recording.name) and recording.name not in self._legs:
                await self._remove("recordings", "stored", recording.name)

    async def _remove_stray(self, channel: str) -> None:
        """A channel of ours whose call ended while it was being made: nobody would ever speak to whoever takes it."""
        try:
            await self._remove("channels", channel)
        except AriFailed as error:
            log.warning("a channel that nobody needs could not be removed", extra={"channel": self._name, "why": str(error)})

    async def _remove(self, *path: str) -> None:
        try:
            await self._ari.delete(*path)
        except AriFailed as error:
            if not error.is_gone:
                raise

    # Calls

    def _welcome(self, channel: Channel, args: tuple[str, ...], *, is_found: bool = False) -> None:
        """A call for us. One that is found, and not told, may have been ours before: its events must not be taken for those of then."""
        if self._ours.fullmatch(channel.id) or self._tasks is None or self._take is None or self._working is None:
            return
        call = f"{channel.id}.{self._token()}" if is_found else channel.id
        incoming = Incoming(
            call=call, number=channel.caller.number, name=channel.caller.name, dialled=channel.dialplan.exten, headers=_headers(args)
        )
        leg = AsteriskLeg(incoming, channel.id, self._working)
        self._tasks.create_task(leg.run())
        self._tasks.create_task(self._serve(leg, self._take))

    async def _serve(self, leg: AsteriskLeg, take: Take) -> None:
        """A call that nobody looks after any more is not left alone."""
        try:
            await take(leg)
        except Exception:
            log.exception("a call was dropped", extra={"channel": self._name, "call": leg.incoming.call})
            leg.end("failed")
        else:
            leg.end("by_us")

    async def _equip(self) -> Means:
        music = await asyncio.to_thread(self._music)
        return Means(
            ari=self._ari, app=self._app, sounds=self._sounds, board=self, music=music, timeout_s=self._settings.timeout_s,
            caller_id=self._settings.asterisk.caller_id, name_of=self._name_of, now=self._now, sleep=self._sleep,
        )  # fmt: skip

    def _name_of(self, kind: str) -> str:
        return f"{self._app}.{self._token()}.{kind}"


def _headers(args: tuple[str, ...]) -> Mapping[str, str]:
    """What the dialplan says of a call: `Stasis(frontdesk,trunk=north)`."""
    return {key: value for key, _, value in (arg.partition("=") for arg in args) if key and value}


def _music(path: str) -> Pcm:
    from adapters.phone.speech.music import waiting_music  # made when a driver runs: whoever has no phone pays nothing

    return waiting_music(path)


def open_asterisk(
    name: ChannelName,
    settings: Phone,
    tools: Tools,
    *,
    music: Pcm | None = None,
    token: Callable[[], str] = lambda: secrets.token_hex(8),
    now: Callable[[], float] | None = None,
) -> AsteriskDriver:
    """Nothing is opened before `run`. `music`: what callers hear while they wait; None: what the settings say."""

    def heard() -> Pcm:
        return music if music is not None else _music(settings.hold_music)

    return AsteriskDriver(name, settings, music=heard, token=token, sleep=tools.sleep, now=now or tools.clock.monotonic)
