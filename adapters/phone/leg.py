"""One call, run: what happens on the line and in the session is told to the dialogue, and what the dialogue wants is done.

    line's events --+                       +--> mouth (voice, then the line, in order)
    session's news -+--> inbox --> `step` --+--> pen (events, each until it is durable)
    ear, timers  ---+                       +--> hands (the line: flush at once; all else in order)

The loop itself waits for nothing but news and a flush, so a key silences us within a turn of it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Any

from adapters.phone import driver
from adapters.phone.dialogue.state import Setup, State
from adapters.phone.dialogue.steps import due_at, step
from adapters.phone.dialogue.words import (
    Begun,
    Command,
    Flush,
    Hear,
    LinksSent,
    Over,
    Say,
    SendLinks,
    Stimulus,
    Tell,
    Tick,
    Trouble,
)
from adapters.phone.driver import Leg, LineFailed
from adapters.phone.eyes import Eyes
from adapters.phone.hands import Hands
from adapters.phone.house import House, patience
from adapters.phone.keypad import Keypad
from adapters.phone.listening import Listening
from adapters.phone.mouth import Mouth
from adapters.phone.numbers import address_of, is_vouched
from adapters.phone.pen import Pen
from adapters.phone.script import pieces_of
from gateway.core.channel import event_key
from gateway.core.contact import Proof
from gateway.core.errors import FrontdeskError
from gateway.core.events import Called, CallStage, Inbound, Visit
from gateway.core.ids import Thread

log = logging.getLogger(__name__)

LAST_S = 15.0
"""For what is still to be written, kept and sent behind a call's end."""
STOP_S = 5.0
"""The like, where this process stops."""
INBOX_MAX_COUNT = 5_000
NAME_MAX_CHARS = 80


class Call:
    """Runs one call from its first ring to its end."""

    def __init__(
        self, leg: Leg, house: House, setup: Setup, events: AsyncIterator[driver.LegEvent] | None = None, *, thread: Thread
    ) -> None:
        """`events`: of a call that we have made, whose first one was read already. `thread`: the conversation that it goes on with."""
        self._leg = leg
        self._events = events
        self._house = house
        self._setup = setup
        self._thread = thread
        self._has_ended = False
        self.unwritten = ""
        """Why the call has ended, where the record could not be told in time."""
        self._keypad = Keypad()
        self._state = State(setup=setup, language=setup.languages[0])
        self._inbox: deque[Stimulus] = deque()
        self._news = asyncio.Event()
        self._told = 0
        self._began_ms = int(house.clock.now().timestamp() * 1_000)
        self._tasks: list[asyncio.Task[None]] = []
        self._aside: set[asyncio.Task[None]] = set()
        self._pen = Pen(house.accept, self._tell, sleep=house.sleep)
        self._mouth = Mouth(
            leg, house.voice, lambda line: pieces_of(line, house.texts), self._tell, speaks_itself=house.abilities.server_tts
        )
        self._listening = Listening(house.ear, self._tell, self._keep_words)
        self._hands = Hands(leg, house, self._mouth, self._tell, setup.call)
        self._eyes = Eyes(house, thread, self._tell, setup.call)

    @property
    def thread(self) -> Thread:
        return self._thread

    @property
    def state(self) -> State:
        return self._state

    def has(self, number: str) -> bool:
        """Whether whoever calls by this number is on the line."""
        return bool(number) and self._setup.number == number and not self._has_ended

    async def run(self) -> None:
        """Until the call is over, and all of it is written. Cancelled: the call is told as lost, and ended."""
        try:
            standing, menus = await asyncio.gather(self._eyes.standing(), self._eyes.menus(self._setup.languages))
            if self._events is None and not await self._is_there():
                return
            after = standing.seq if standing else 0
            self._start(self._pen.run(), self._mouth.run(), self._follow_line(), self._eyes.follow(after), self._hands.run())
            await self._step(Begun(menus=menus, standing=standing))
            await self._talk()
        except asyncio.CancelledError:
            await self._lose("lost")
            raise
        except Exception:  # a mistake of ours ends the call, and leaves nobody in silence: they are owed one
            await self._lose("failed")
            raise
        finally:
            await self._stop()

    async def _is_there(self) -> bool:
        """Take the call. Whoever does not confirm it was no caller: nobody is owed anything, and nothing is on record."""
        await self._leg.answer()
        if not isinstance(self._leg, driver.Establishes) or await self._leg.established():
            return True
        log.info("a call was not confirmed by its caller", extra=self._who())
        return False

    async def _talk(self) -> None:
        while True:
            stimulus = await self._next()
            if isinstance(stimulus, Over):
                break
            await self._step(stimulus)
        async with patience(LAST_S):
            await self._settled()
        await self._step(stimulus)
        async with patience(LAST_S):
            await self._pen.all_written()
        self._note_written()

    def _note_written(self) -> None:
        if self._pen.has_written_last:
            self.unwritten = ""

    async def _step(self, stimulus: Stimulus) -> None:
        self._state, commands = step(self._state, stimulus, self._house.clock.monotonic())
        for command in commands:
            await self._do(command)

    async def _next(self) -> Stimulus:
        """What comes next; a `Tick` where it is time before anything comes."""
        while not self._inbox:
            due, now = due_at(self._state), self._house.clock.monotonic()
            if due is not None and due <= now:
                return Tick()
            self._news.clear()
            await self._wait_for_news(None if due is None else due - now)
        return self._inbox.popleft()

    async def _wait_for_news(self, at_most_s: float | None) -> None:
        if at_most_s is None:
            await self._news.wait()
            return
        news, nap = asyncio.ensure_future(self._news.wait()), asyncio.ensure_future(self._house.sleep(at_most_s))
        try:
            await asyncio.wait({news, nap}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
            nap.cancel()

    def _tell(self, stimulus: Stimulus) -> None:
        """For the dialogue, soon. More than fits is a mistake of the line's: only the end still gets in."""
        if len(self._inbox) < INBOX_MAX_COUNT or isinstance(stimulus, Over):
            self._inbox.append(stimulus)
        self._news.set()

    # ---- what is done ------------------------------------------------------------------------------------------------------------

    async def _do(self, command: Command) -> None:
        match command:
            case Say(saying=saying):
                self._mouth.say(saying)
            case Flush():
                with suppress(LineFailed, TimeoutError):
                    async with asyncio.timeout(self._house.deadline_s):
                        await self._mouth.flush()
            case Tell():
                self._write(command)
            case SendLinks(links=links):
                self._beside(self._send_links(links))
            case Hear(hearing=hearing):
                self._listening.want(hearing)
                self._hands.do(command)
            case _:
                self._hands.do(command)

    def _write(self, tell: Tell) -> None:
        self._told += 1
        if isinstance(tell.event, Called) and tell.event.stage is CallStage.ENDED:
            self.unwritten = tell.event.why
        incoming, setup = self._leg.incoming, self._setup
        key = event_key(self._house.channel, incoming.call[:200], str(self._began_ms), str(self._told))
        self._pen.write(
            Inbound(
                channel=self._house.channel, thread=self._thread, key=key, sender=address_of(setup.number, setup.call),
                at=self._house.clock.now(), event=tell.event, person=tell.person,
                proof=Proof.CHANNEL if self._house.is_trusted and setup.number and is_vouched(incoming.headers) else Proof.NONE,
                visit=Visit(locale=self._state.language, name=incoming.name[:NAME_MAX_CHARS] or None),
            )
        )  # fmt: skip

    # ---- what is followed --------------------------------------------------------------------------------------------------------

    async def _follow_line(self) -> None:
        async for event in self._events or self._leg.events():
            match event:
                case driver.Sound(pcm=pcm):
                    self._listening.hear(pcm)
                case driver.Reached(mark=mark):
                    self._mouth.reached(mark)
                case driver.Understood(text=text, confidence=confidence):
                    self._listening.understood(text, confidence)
                case driver.Message(pcm=pcm):
                    self._beside(self._keep_message(pcm))
                case driver.Digit() if not self._keypad.takes(self._house.clock.monotonic()):
                    pass
                case driver.Ended():
                    self._has_ended = True
                    self._beside(self._keep_recording(event))
                case _:
                    self._tell(event)

    # ---- beside the call ---------------------------------------------------------------------------------------------------------

    async def _keep_words(self, pcm: bytes) -> Any:
        return await self._house.keeping.words(self._thread, pcm) if self._house.keeps_audio else None

    async def _keep_message(self, pcm: bytes) -> None:
        self._tell(await self._house.keeping.message(self._thread, pcm, self._state.language))

    async def _keep_recording(self, ended: driver.Ended) -> None:
        others = self._aside - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=LAST_S)
        file = await self._house.keeping.recording(self._thread, ended.recording) if ended.recording else None
        self._tell(Over(why=ended.why, facts=dict(ended.facts), file=file))

    async def _send_links(self, links: tuple[str, ...]) -> None:
        self._tell(LinksSent(await self._house.links.send(self._setup.number, links, self._state.language)))

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def _settled(self) -> None:
        """What was begun beside the call is done, and what came of it is told to the dialogue first."""
        while self._aside:
            await asyncio.wait(self._aside)
        while self._inbox:
            await self._step(self._inbox.popleft())

    # ---- beginning and end -------------------------------------------------------------------------------------------------------

    def _start(self, *works: Coroutine[Any, Any, None]) -> None:
        self._tasks += [asyncio.create_task(self._or_give_up(work)) for work in works]

    async def _or_give_up(self, work: Coroutine[Any, Any, None]) -> None:
        """A part of the call that breaks by a mistake of ours ends the call, and not in silence."""
        try:
            await work
        except Exception:
            log.exception("a part of a call has failed", extra=self._who())
            self._tell(Trouble(is_over=True))

    async def _lose(self, why: str) -> None:
        """This process stops, or has failed: whoever is on the line is owed a call, and the record says so. Of a call that was never begun
        there is nothing to say."""
        with suppress(FrontdeskError, OSError, LineFailed):
            async with patience(STOP_S):
                if self._told:
                    await self._step(Over(why=why))
                    await self._pen.all_written()
                    self._note_written()
                await self._leg.hangup()

    async def _stop(self) -> None:
        self._listening.close()
        for task in (*self._tasks, *self._aside):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._aside, return_exceptions=True)

    def _who(self) -> dict[str, str]:
        return {"channel": self._house.channel, "call": self._setup.call}
