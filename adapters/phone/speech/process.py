"""Our side of the speech process: starts it, asks it, and starts it again when it is gone.

Many calls ask at once; the process answers one after the other, and each question has a deadline. While it is down whoever asks is told so
at once, because another voice or a recording must speak instead. It ends with us: its input is our pipe.
"""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from adapters.phone.audio import Pcm
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.frames import HEAD_BYTES, Failed, Heard, Order, Ready, Recognize, Reply, Speak, Spoke, length, packed, reply
from adapters.phone.speech.pauses import FINE_S, Pauses
from gateway.core.ports import Clock

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", "-m", "adapters.phone.speech")
IN_FLIGHT_MAX_COUNT = 64
"""Questions at once; more are refused, so that those before them are answered in time."""
START_S = 30.0
"""Loading a large model from a slow disk."""
LATE_MAX_COUNT = 2
"""Answers missed in a row, and nothing else answered meanwhile: it hangs, and is started again."""
STOP_S = 2.0
WAITED_FOR_S = 1.0
"""It is soon there again: a caller rather waits for that than hear that nobody can speak. While it rests longer nobody waits."""
_ROOT = str(Path(__file__).resolve().parents[3])
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "VIRTUAL_ENV")


class SpeechProcess:
    """One process with one engine. Started when it is first asked."""

    def __init__(self, order: Order, *, clock: Clock, command: Sequence[str] = COMMAND, pauses: Pauses | None = None) -> None:
        self.engine = order.engine
        self.trouble = ""
        """Why it is not there, in an operator's words; empty while all is well."""
        self.facts: dict[str, str] = {}
        self._order = order
        self._clock = clock
        self._command = tuple(command)
        self._pauses = pauses or Pauses()
        self._asked: dict[int, asyncio.Future[Reply]] = {}
        self._next_id = 1
        self._late_count = 0
        self._ready: asyncio.Future[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._is_closed = False
        self._told = ""

    async def speak(self, text: str, language: str, within_s: float) -> Pcm:
        """Raises SpeechFailed."""
        answer = await self._ask(lambda id_: Speak(id=id_, text=text, language=language, within_s=within_s), within_s)
        if not isinstance(answer, Spoke) or not answer.pcm:
            raise _wrong()
        return answer.pcm

    async def recognize(self, pcm: Pcm, language: str, hints: Sequence[str], within_s: float) -> tuple[str, float]:
        """(what was said, how sure). Raises SpeechFailed."""
        words = tuple(hints)
        answer = await self._ask(lambda id_: Recognize(id=id_, pcm=pcm, language=language, hints=words, within_s=within_s), within_s)
        if not isinstance(answer, Heard):
            raise _wrong()
        return answer.text, answer.confidence

    @property
    def is_idle(self) -> bool:
        """Nobody waits for it."""
        return not self._asked

    async def ready(self, within_s: float) -> None:
        """Started, and its engine loaded. Raises SpeechFailed."""
        if self._is_closed:
            raise SpeechFailed("the speech process is closed", code="unreachable")
        if self._keeper is None:
            self._ready = asyncio.get_running_loop().create_future()
            self._keeper = asyncio.create_task(self._keep(), name=f"speech {self.engine}")
        if self._ready is None:
            raise SpeechFailed(self.trouble or "the speech process is down", code="unreachable")
        if not self._ready.done():
            try:
                await asyncio.wait_for(asyncio.shield(self._ready), within_s)
            except TimeoutError:
                raise SpeechFailed("the speech process is still starting", code="late") from None

    async def close(self) -> None:
        self._is_closed = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    async def _ask(self, made: Callable[[int], Speak | Recognize], within_s: float) -> Reply:
        if len(self._asked) >= IN_FLIGHT_MAX_COUNT:
            raise SpeechFailed("the speech process is asked for too much at once", code="refused")
        id_, self._next_id = self._next_id, self._next_id + 1
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._asked[id_] = answer
        try:
            async with asyncio.timeout(within_s):
                await self.ready(within_s)
                await self._send(packed(made(id_)))
                found = await answer
        except TimeoutError:
            self._missed()
            raise SpeechFailed(f"no answer within {within_s:g} s", code="late") from None
        finally:
            self._asked.pop(id_, None)
        if isinstance(found, Failed):
            raise SpeechFailed(found.reason or found.code, code=found.code)
        return found

    async def _send(self, frame: bytes) -> None:
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing():
            raise SpeechFailed(self.trouble or "the speech process is down", code="unreachable")
        try:
            process.stdin.write(frame)
            await process.stdin.drain()
        except OSError as error:
            raise SpeechFailed("the speech process is gone", code="unreachable") from error

    def _missed(self) -> None:
        """A process that answers nobody any more hangs."""
        if self._ready is None or not self._ready.done():
            return  # it is still loading
        self._late_count += 1
        if self._late_count >= LATE_MAX_COUNT and self._process is not None:
            log.warning("the speech process hangs, and is started again", extra={"engine": self.engine})
            _kill(self._process)
            self._let_go()

    async def _keep(self) -> None:
        """One life after the other."""
        while True:
            began_s = self._clock.monotonic()
            try:
                await self._live()
            except (OSError, SpeechFailed, msgspec.MsgspecError, ValueError) as error:
                self.trouble = str(error) if isinstance(error, SpeechFailed) else "the speech process could not be started or understood"
            else:
                self.trouble = "the speech process has ended"
            if self._clock.monotonic() - began_s > FINE_S:
                self._pauses.fine()
            await asyncio.sleep(self._rest())
            if self._ready is None:
                self._ready = asyncio.get_running_loop().create_future()

    def _rest(self) -> float:
        """How long it stays down. Told aloud once for each reason."""
        rest_s = self._pauses.failed(self._clock.monotonic())
        if self.trouble != self._told:
            self._told = self.trouble
            log.warning("no speech process", extra={"engine": self.engine, "reason": self.trouble, "again_in_s": rest_s})
        return rest_s

    async def _live(self) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                env={name: os.environ[name] for name in _KEPT if name in os.environ} | {"PYTHONPATH": _ROOT, "OMP_NUM_THREADS": "1"},
            )  # fmt: skip
        except OSError:
            self._let_go()
            raise
        self._process, self._late_count = process, 0
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(packed(self._order))
            async with asyncio.timeout(START_S):
                first = await _next(process.stdout)
            self._begun(first)
            while True:
                self._answered(await _next(process.stdout))
        except TimeoutError:
            raise SpeechFailed(f"the speech process did not start within {START_S:g} s", code="late") from None
        except asyncio.IncompleteReadError:
            return
        finally:
            if self._process is process:
                self._let_go()
            await _ended(process)

    def _begun(self, first: Reply) -> None:
        if isinstance(first, Failed):
            self.trouble = first.reason
            raise SpeechFailed(first.reason, code=first.code)
        if not isinstance(first, Ready):
            raise _wrong()
        self.facts, self.trouble, self._told = dict(first.facts), "", ""
        log.info("speech process started", extra={"engine": self.engine, **self.facts})
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)

    def _answered(self, found: Reply) -> None:
        self._late_count = 0
        answer = None if isinstance(found, Ready) else self._asked.get(found.id)
        if answer is not None and not answer.done():  # nobody waits for what came late
            answer.set_result(found)

    def _let_go(self) -> None:
        """Whoever waits is told that nothing comes; who comes now waits for the next start, where that is soon."""
        self._process = None
        gone = SpeechFailed(self.trouble or "the speech process is gone", code="unreachable")
        for answer in self._asked.values():
            if not answer.done():
                answer.set_result(Failed(0, gone.code, str(gone)))
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(gone)
            self._ready.exception()  # nobody need have waited
        is_soon = self._pauses.next_s <= WAITED_FOR_S and not self._is_closed
        self._ready = asyncio.get_running_loop().create_future() if is_soon else None


async def _next(stream: asyncio.StreamReader) -> Reply:
    return reply(await stream.readexactly(length(await stream.readexactly(HEAD_BYTES))))


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Its input is closed, which it takes as the end; one that does not is killed. Called off, it is killed at once."""
    if process.stdin is not None:
        process.stdin.close()
    over = asyncio.ensure_future(process.wait())
    try:
        async with asyncio.timeout(STOP_S):
            await asyncio.shield(over)
    except TimeoutError:
        log.warning("the speech process does not end by itself")
    finally:
        _kill(process)
        await over


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


def _wrong() -> SpeechFailed:
    return SpeechFailed("the speech process answered with what makes no sense", code="broken")
