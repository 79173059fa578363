"""All calls of the worker: what the network does to them, and what the gateway wants of them."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, assert_never

from baresip import Event as Happened
from msgspec import structs

from adapters.phone.sip import addresses, endings
from adapters.phone.sip import words as w
from adapters.phone.sip.bridging import KEYS, Bridges
from adapters.phone.sip.line import Holding, Line
from adapters.phone.sip.passes import HEADER as PASS
from adapters.phone.sip.passes import Passes
from adapters.phone.sip.recording import Recording
from adapters.phone.sip.stack import Stack, StackCall, StackFailed
from adapters.phone.sip.tone_keys import ToneKeys
from adapters.phone.sip.wire import Offer, Sources

log = logging.getLogger(__name__)

GOODBYE_S = 8.0
LET_GO_S = 0.5
CONFIRM_S = 10.0
"""For the ACK: our answer was repeated five times by then (RFC 3261, 13.3.1.4). Whoever only sends INVITEs takes no line for longer."""

Tell = Callable[[w.Event], None]


class Shutting(Exception):
    """The gateway wants the end."""


class Exchange:
    """The calls."""

    def __init__(self, start: w.Start, stack: Stack, tell: Tell, peers: Callable[[], frozenset[str]]) -> None:
        self._start = start
        self._stack = stack
        self._tell = tell
        self._peers = peers
        self._passes = Passes(start.test_key, time.time)
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._disk = ThreadPoolExecutor(1)
        self._is_closing = False
        self._sources = Sources()
        self._bridges = Bridges(stack, tell, self._do)
        self.lines: dict[str, Line] = {}
        stack.on_incoming = self._incoming
        stack.on_registration = tell
        stack.on_offer = self._offered

    # From the network

    def _incoming(self, native: StackCall) -> None:
        is_test = self._passes.admits(native.headers.get(PASS, ""))
        if is_test or not self._peers():
            self._admit(native, is_test=is_test)
        else:
            self._do(self._admit_peer(native))

    async def _admit_peer(self, native: StackCall) -> None:
        if addresses.is_of(await self._sources.of(native.id), self._peers()):
            self._admit(native, is_test=False)
        else:
            log.warning("a call from an address that is none of sip.peers was refused")
            await native.end()

    def _admit(self, native: StackCall, *, is_test: bool) -> None:
        if self._is_closing or not (self._has_room_for_test() if is_test else self._has_room()):
            log.info("call refused")
            self._do(native.end())
            return
        line = self._open(native, is_ours=False)
        line.is_test = is_test
        line.timer = self._loop.call_later(self._start.unanswered_s, self._end, line, "failed")
        who = addresses.caller(native.headers, native.peer)
        dialled = addresses.party(native.headers.get("To", "")).user
        self._tell(w.Rang(line.name, who.user, dialled, who.name, addresses.told(native.headers), is_test))
        self._follow(line)

    def _has_room(self) -> bool:
        return sum(not line.is_ours and not line.is_test for line in self.lines.values()) < self._start.calls_max_count

    def _has_room_for_test(self) -> bool:
        """One at a time, however many doctors there are."""
        return not any(line.is_test for line in self.lines.values())

    def _open(self, native: StackCall, *, is_ours: bool) -> Line:
        line = Line(secrets.token_hex(12), native, self._start.music, is_ours=is_ours)
        self.lines[line.name] = line
        return line

    def _follow(self, line: Line) -> None:
        """Once the gateway knows of it: what has happened to it already is told at once."""
        line.native.follow(lambda event, text: self._happened(line, event, text))

    def _happened(self, line: Line, event: Happened, text: str) -> None:
        match event:
            case Happened.CALL_ESTABLISHED if not line.is_up:
                self._up(line)
            case Happened.CALL_HOLD | Happened.CALL_RESUME:
                self._hold(line, structs.replace(line.holding, by_direction=event is Happened.CALL_HOLD))
            case Happened.CALL_DTMF_START if text.upper() in KEYS and text:
                self._pressed(line, text.upper())
            case Happened.CALL_CLOSED:
                self._over(line, text)
            case _:
                pass

    def _pressed(self, line: Line, key: str) -> None:
        is_told = line.tone_keys is not None and line.tone_keys.has_just_told(key)
        line.tone_keys = None  # it has another way
        if not is_told:
            line.say_key(key)
        if line.talks_with is not None:
            self._do(line.talks_with.native.press(key))

    def _hold(self, line: Line, holding: Holding) -> None:
        is_new = holding.is_on is not line.holding.is_on
        line.holding = holding
        if is_new:
            self._tell(w.OnHold(line.name, holding.is_on))

    def _offered(self, offer: Offer) -> None:
        """A call is wanted; or a phone wants its sound elsewhere, or nowhere: the old hold."""
        self._sources.take(offer)
        if offer.is_nowhere is None:
            return
        for line in self.lines.values():
            if line.native.id == offer.call_id and line.is_up:
                self._hold(line, structs.replace(line.holding, by_address=offer.is_nowhere))
            elif line.other is not None and line.other.native.id == offer.call_id and line.other.is_up:
                line.other.holding.by_address = offer.is_nowhere
                line.settle_music()

    def _up(self, line: Line) -> None:
        line.is_up = True
        line.up_at = self._loop.time()
        line.tone_keys = None if line.native.sends_keys() else ToneKeys()
        self._set_timer(line, self._start.call_max_s, "limit")
        self._tell(w.Up(line.name))

    def _over(self, line: Line, text: str) -> None:
        """The stack has closed it, whoever wanted that."""
        if line.is_over:
            return
        line.over.set()
        self.lines.pop(line.name, None)
        if line.timer is not None:
            line.timer.cancel()
        if line.other is not None:
            self._bridges.end(line.other, "hung_up")
        if text == endings.TRANSFERRED:
            self._tell(w.HandedOver(line.name))
        line.said.put_nowait(None)
        self._do(self._report(line, line.ends_as or _why(line, text)))

    async def _report(self, line: Line, why: str) -> None:
        seconds = round(self._loop.time() - line.up_at, 1) if line.is_up else 0.0
        recording = await self._close_recording(line)
        self._tell(w.Over(line.name, why, {"seconds": seconds, **line.native.facts}, recording))

    async def _close_recording(self, line: Line) -> str:
        if line.recording is None:
            return ""
        recording, line.recording = line.recording, None
        recording.close()
        await asyncio.wrap_future(self._disk.submit(lambda: None))  # behind all that is to be written
        return str(recording.path)

    # From the gateway

    async def do(self, command: w.Command) -> None:
        """What it asks for. A call that is gone: nothing."""
        if isinstance(command, w.Dial):
            await self._dial(command)
        elif isinstance(command, w.Shut):
            raise Shutting
        elif (line := self.lines.get(command.call)) is not None:
            await self._command(line, command)

    async def _command(
        self, line: Line, command: w.Answer | w.Reject | w.Language | w.Music | w.Record | w.Bridge | w.Part | w.Transfer | w.Hangup
    ) -> None:
        match command:
            case w.Answer():
                await self._answer(line)
            case w.Reject() | w.Hangup():
                self._end(line, "by_us")
            case w.Language(language=language):
                line.language = language
            case w.Music(is_on=is_on):
                line.set_music(is_on=is_on)
            case w.Record(is_on=is_on):
                self._record(line, is_on=is_on)
            case w.Bridge():
                await self._bridges.bridge(line, command)
            case w.Part():
                if line.other is not None:
                    self._bridges.end(line.other, "hung_up" if line.other.is_up else "no_answer")
            case w.Transfer():
                self._do(self._transfer(line, command))
            case _:
                assert_never(command)

    async def _answer(self, line: Line) -> None:
        self._set_timer(line, CONFIRM_S, "failed")
        try:
            await line.native.answer()
        except StackFailed:
            self._end(line, "failed")

    def _end(self, line: Line, why: str) -> None:
        line.ends_as = line.ends_as or why
        self._do(line.native.end())

    def _record(self, line: Line, *, is_on: bool) -> None:
        line.records = is_on
        if is_on and line.recording is None:
            path = Path(self._start.folder) / f"{line.name}.pcm"
            line.recording = Recording(path, self._disk, self._loop.time, self._start.call_max_s)

    def _set_timer(self, line: Line, delay_s: float, why: str) -> None:
        if line.timer is not None:
            line.timer.cancel()
        line.timer = self._loop.call_later(delay_s, self._end, line, why)

    async def _dial(self, command: w.Dial) -> None:
        try:
            native = await self._stack.dial(command.target, command.caller_id)
        except StackFailed as failed:
            self._tell(w.Dialled(command.request, code=failed.code))
            return
        line = self._open(native, is_ours=True)
        self._set_timer(line, command.ring_s, "no_answer")
        self._tell(w.Dialled(command.request, call=line.name))
        self._follow(line)

    async def _transfer(self, line: Line, command: w.Transfer) -> None:
        uri = addresses.target_uri(command.target, self._start.trunk_host)
        why = await line.native.transfer(uri, command.timeout_s) if uri else "refused"
        if why and not line.is_over:
            self._tell(w.OtherGone(line.name, why))

    def hang_up(self, line: Line) -> None:
        """The gateway wants it."""
        if not line.is_over:
            self._end(line, "by_us")

    def let_go(self, line: Line) -> None:
        """The gateway has let go of its sound, so of the call; unless that was the gateway's own death, which has its `goodbye`."""
        self._loop.call_later(LET_GO_S, lambda: None if self._is_closing else self.hang_up(line))

    # The end

    async def goodbye(self) -> None:
        """A word to everybody who is on the line, then hang up: nobody is left in silence."""
        self._is_closing = True
        if self.lines:
            await asyncio.wait([self._loop.create_task(self._part_with(line)) for line in self.lines.values()], timeout=GOODBYE_S)
            await asyncio.sleep(0.2)  # so that the last BYE is sent
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)
        self._disk.shutdown()

    async def _part_with(self, line: Line) -> None:
        if line.other is not None:
            self._bridges.end(line.other, "broke")
            line.other = None
        line.set_music(is_on=False)
        farewell = self._start.farewells.get(line.language) or self._start.farewells.get("", b"")
        if line.is_up and farewell:
            await line.say_last(farewell)
        self._end(line, "lost")

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _why(line: Line, text: str) -> str:
    if line.is_ours and not line.is_up:
        return endings.of_dialled(text)
    why = endings.of_talked(text)
    if why == "lost" and not line.native.sound.has_received:
        return "hung_up"  # nothing was ever heard from there: nobody is owed a call for that
    return why
