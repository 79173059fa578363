"""Calls over SIP by a worker process of our own, which is started, watched, and started again at growing distances."""

import asyncio
import contextlib
import importlib.util
import logging
import ssl
from collections.abc import Coroutine, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from adapters.phone.audio import Pcm
from adapters.phone.driver import Abilities, Health, Incoming, Leg, LineFailed, Take
from adapters.phone.sip import words as w
from adapters.phone.sip.echo import answer_test
from adapters.phone.sip.leg import RECORDING_MAX_BYTES, SipLeg
from adapters.phone.sip.passes import key_of
from adapters.phone.sip.station import Station
from adapters.phone.sip.tones import farewell
from adapters.phone.speech.music import waiting_music
from adapters.phone.speech.pauses import Pauses
from adapters.phone.speech.recordings import OURS, Recordings
from adapters.phone.tools import Tools
from config.phone import Phone
from config.problems import ConfigError, Problem
from gateway.core.ids import ChannelName
from gateway.core.texts import nearest

log = logging.getLogger(__name__)

FINE_S = 60.0
RTP_TIMEOUT_S = 60
"""Without a packet, and the call is taken for dead: phones that vanish send no BYE. Long, as some send nothing while nobody speaks."""


class SipDriver:
    """One number's calls."""

    def __init__(
        self,
        name: ChannelName,
        settings: Phone,
        tools: Tools,
        *,
        rtp_timeout_s: int = RTP_TIMEOUT_S,
        last_words: Mapping[str, Pcm] | None = None,
    ) -> None:
        """`last_words`: what callers hear when we stop or die, by language; None: that we are sorry."""
        self._name = name
        self._settings = settings
        self._tools = tools
        self._rtp_timeout_s = rtp_timeout_s
        self._last_words = last_words
        self._legs: dict[str, SipLeg] = {}
        self._station: Station | None = None
        self._requests = count(1)
        self._dialling: dict[int, asyncio.Future[SipLeg]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._trouble = "starting"
        self._trunk_trouble = ""
        self._restarts_count = -1

    @property
    def abilities(self) -> Abilities:
        return Abilities(raw_audio=True)

    @property
    def health(self) -> Health:
        """`unable`: the port can't be had. `unreachable`: no worker. `trunk_...`: not registered, though calls that come by themselves are
        taken."""
        facts = {"calls": len(self._legs), "restarts": max(0, self._restarts_count), "pid": self._station.pid if self._station else None}
        return Health(is_up=self._station is not None, trouble=self._trouble or self._trunk_trouble, facts=facts)

    async def run(self, take: Take) -> None:
        """One life of the worker after the other. In one process at a time: a port belongs to one."""
        pauses = Pauses()
        try:
            while True:
                began_s = self._tools.clock.monotonic()
                await self._live(take)
                if self._tools.clock.monotonic() - began_s > FINE_S:
                    pauses.fine()
                rest_s = pauses.failed(self._tools.clock.monotonic())
                log.warning("no SIP worker", extra={"channel": self._name, "reason": self._trouble, "again_in_s": rest_s})
                await self._tools.sleep(rest_s)
        finally:
            await self.close()

    async def _live(self, take: Take) -> None:
        """From the worker's start to its end."""
        try:
            music = await asyncio.to_thread(waiting_music, self._settings.hold_music)
            last_words = await sorry(self._tools.languages) if self._last_words is None else self._last_words
            station = await Station.open(
                self._settings, music=music, farewells=last_words, rtp_timeout_s=self._rtp_timeout_s,
                test_key=key_of(self._tools.secret, self._name),
            )  # fmt: skip
        except LineFailed as failed:
            self._trouble = failed.code
            return
        except OSError:
            self._trouble = "unreachable"
            return
        self._station, self._trouble = station, ""
        self._restarts_count += 1
        log.info("calls are taken", extra={"channel": self._name, "listen": self._settings.sip.listen, "pid": station.pid})
        try:
            async for event in station.events():
                self._happened(station, event, take)
            self._trouble = "unreachable"
        finally:
            await self._end_life(station)

    async def _end_life(self, station: Station) -> None:
        """Its calls are lost, with what was recorded of them."""
        self._station = None
        for waiting in self._dialling.values():
            if not waiting.done():
                waiting.set_exception(LineFailed("the SIP worker is gone", code="unreachable"))
        self._dialling.clear()
        legs, self._legs = list(self._legs.values()), {}
        await asyncio.gather(*(self._end_leg(station, leg, "lost", {}) for leg in legs))
        await station.close()
        await station.forget()

    # What the worker tells

    def _happened(self, station: Station, event: w.Event, take: Take) -> None:
        match event:
            case w.Rang():
                leg = self._open_leg(station, _incoming(event), is_ours=False)
                self._own(self._take(answer_test if event.is_test else take, leg))
            case w.Dialled():
                self._dialled(station, event)
            case w.Registration():
                self._registered(event)
            case w.Over():
                if (ended := self._legs.pop(event.call, None)) is not None:
                    self._own(self._end_leg(station, ended, event.why, event.facts))
            case _:
                if (told := self._legs.get(event.call)) is not None:
                    told.take(event)

    def _open_leg(self, station: Station, incoming: Incoming, *, is_ours: bool) -> SipLeg:
        leg = SipLeg(incoming, station, self._own, is_ours=is_ours)
        self._legs[incoming.call] = leg
        return leg

    def _dialled(self, station: Station, event: w.Dialled) -> None:
        waiting = self._dialling.pop(event.request, None)
        if event.code:
            if waiting is not None and not waiting.done():
                waiting.set_exception(LineFailed("the call could not be made", code=event.code))
            return
        leg = self._open_leg(station, Incoming(call=event.call), is_ours=True)
        if waiting is None or waiting.done():
            self._own(leg.hangup())
        else:
            waiting.set_result(leg)

    def _registered(self, event: w.Registration) -> None:
        self._trunk_trouble = "" if event.is_ok else "trunk_refused" if event.status else "trunk_unreachable"
        if not event.is_ok:
            log.warning("the trunk does not register us", extra={"channel": self._name, "status": event.status})

    async def _take(self, take: Take, leg: SipLeg) -> None:
        """Whatever becomes of whoever takes it: the call does not stay open behind it."""
        try:
            await take(leg)
        except Exception:
            log.exception("a call could not be taken on", extra={"channel": self._name})
        finally:
            with contextlib.suppress(LineFailed):
                await leg.hangup()

    async def _end_leg(self, station: Station, leg: SipLeg, why: str, facts: dict[str, Any]) -> None:
        path = station.recording_of(leg.incoming.call)
        leg.end(why, facts, await asyncio.to_thread(_read_and_remove, path))

    # What we do

    async def dial(self, target: str, *, caller_id: str, ring_s: float) -> Leg:
        station = self._station
        if station is None:
            raise LineFailed("the SIP worker is not there", code="unreachable")
        request = next(self._requests)
        waiting: asyncio.Future[SipLeg] = asyncio.get_running_loop().create_future()
        self._dialling[request] = waiting
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                await station.send(w.Dial(request, target, caller_id, ring_s))
                leg = await waiting
                await self._connect(leg)
        except TimeoutError:
            raise LineFailed("the call could not be made in time", code="unreachable") from None
        finally:
            self._dialling.pop(request, None)
        return leg

    async def _connect(self, leg: SipLeg) -> None:
        """Where there is nothing to connect with any more, the leg's own end says why."""
        try:
            await leg.connect()
        except LineFailed:
            await leg.hangup()

    async def close(self) -> None:
        """Wait for what still runs. `run` ends the worker itself."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _own(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def sorry(languages: Sequence[str]) -> dict[str, Pcm]:
    """As it was recorded: there is no time to have it spoken when it is needed."""
    recordings = Recordings(OURS)
    found = {language: await recordings.find("phone.sorry", nearest(language, tuple(recordings.languages()))) for language in languages}
    return {"": farewell(), **{language: pcm for language, pcm in found.items() if pcm}}


def _incoming(event: w.Rang) -> Incoming:
    return Incoming(call=event.call, number=event.number, dialled=event.dialled, name=event.name, headers=event.headers)


def _read_and_remove(path: Path) -> Pcm | None:
    """What was recorded, if anything was."""
    try:
        with path.open("rb") as file:
            sound = file.read(RECORDING_MAX_BYTES)
        path.unlink()
    except OSError:
        return None
    return sound or None


def open_sip(name: ChannelName, settings: Phone, tools: Tools) -> SipDriver:
    """The driver. Raises ConfigError where the SIP stack is not installed, or could not read the certificate."""
    if importlib.util.find_spec("baresip") is None:
        raise ConfigError([Problem(f"[channels.{name}] driver", "expected the SIP stack to be installed: pip install 'frontdesk[phone]'")])
    if settings.sip.certificate:
        _check_certificate(name, settings.sip.certificate)
    return SipDriver(name, settings, tools)


def _check_certificate(name: ChannelName, path: str) -> None:
    """The stack wants certificate and key in one file, and says nothing of use where it can't read them."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path, password=lambda: "")
    except (OSError, ValueError) as error:
        what = "a .pem file with our certificate, its chain and its key, without a passphrase"
        raise ConfigError([Problem(f"[channels.{name}] sip.certificate", f"expected {what} ({type(error).__name__})")]) from None
    if any(char.isspace() for char in str(Path(path).absolute())):
        raise ConfigError([Problem(f"[channels.{name}] sip.certificate", "expected a path without spaces: the SIP stack reads none")])
