"""A call in a cloud, as a leg: what it is told to do waits until the cloud comes, and goes out as one answer.

    webhook -> what it says of the last turn -> events -> commands of whoever follows them -> the next turn -> answer

The cloud waits while its webhook is answered; so whoever has nothing to say within a moment has it come again. Where somebody must be
interrupted (the agent is ready, the caller is to be let go) the cloud's REST interface makes it come at once; without, at the turn's end.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

from adapters.phone.driver import Bridged, Ended, Hearing, Incoming, LegEvent, LineFailed, Message, Parted, Ringing, Speech, Transferred
from adapters.phone.happenings import Happenings
from adapters.phone.twiml import verbs
from adapters.phone.twiml.line import Line
from adapters.phone.twiml.patience import Patience
from adapters.phone.twiml.recordings import Recordings
from adapters.phone.twiml.score import Score
from adapters.phone.twiml.tickets import MINE, Ticket, Why
from adapters.phone.twiml.turns import Finish, Listen, Refuse, Ring, Tape, Turn, Wish, document, ending, lasts_s, later, read

log = logging.getLogger(__name__)

ANSWERS_KEPT_COUNT = 3
"""For webhooks that come twice."""


class TwimlLeg:
    """One call. Its webhooks come by `answer`, `agent_news`, `status` and `recorded`."""

    def __init__(self, incoming: Incoming, *, name: str, sid: str, line: Line, turn: int = 0, due_s: float = math.inf) -> None:
        self.name = name
        """As it stands in tickets."""
        self.sid = sid
        """The cloud's id of the call; empty until it is known."""
        self._incoming = incoming
        self._line = line
        self._happenings = Happenings()
        self._score = Score(line, name)
        self._turn: Turn | None = None
        self._number = turn
        self._sent_s = 0.0
        self._due_s = due_s
        self._answers: dict[int, asyncio.Task[bytes]] = {}
        self._is_answering = False
        self._nudged = -1
        """The turn that was broken off by REST: once is enough."""
        self._is_flushed = False
        self._cut_ms = 0
        self._is_bridged = False
        self._was_up = False
        self._patience = Patience(line.pace.settle_s)
        self._over = asyncio.Event()
        self._taped = asyncio.Event()
        self._taped.set()
        self._is_ending = False
        self._recordings = Recordings(line)

    # What the call's follower asks

    @property
    def incoming(self) -> Incoming:
        return self._incoming

    def events(self) -> AsyncIterator[LegEvent]:
        return self._happenings.follow()

    async def answer(self) -> None:
        """The first answer to a webhook takes the call."""

    async def reject(self, code: int) -> None:
        self._want(Refuse(code))

    async def play(self, speech: Speech, mark: str) -> None:
        if not self.is_over:
            await self._score.add(speech, mark)
            self._change()

    async def flush(self) -> int:
        """What is at the cloud already is broken off with the next command, where REST can do that."""
        self._score.clear()
        self._is_flushed = self._turn is not None and not self._is_answering
        return self._cut_ms

    async def hear(self, hearing: Hearing | None) -> None:
        self._want(self._score.hear(hearing))

    async def music(self, *, is_on: bool) -> None:
        if is_on:
            self._want(self._score.wait())
        else:
            self._score.is_music = False
            self._change()

    async def take_message(self, max_s: float) -> None:
        if not self.is_over and not self._line.rest.is_usable:
            raise LineFailed("expected `twiml.account`: a message is fetched by REST", code="unable")
        self._want(Tape(max_s))

    async def record(self, *, is_on: bool) -> None:
        """By REST the whole call, once it is up; else what is said between caller and agent."""
        self._recordings.is_wanted = is_on

    async def bridge(self, target: str, ring_s: float) -> None:
        verbs.noun_of(target)
        self._is_bridged = False
        self._want(Ring(target, ring_s, is_recorded=self._recordings.is_of_the_talk))

    async def part(self) -> None:
        if self.is_over or self._turn is None or not isinstance(self._turn.wish, Ring):
            return
        if not self._line.rest.is_usable:
            raise LineFailed("expected `twiml.account`: a connection is broken off by REST", code="unable")
        self._want(self._score.again(), is_urgent=True)

    async def transfer(self, target: str) -> None:
        verbs.noun_of(target)
        self._is_bridged = False
        self._want(Ring(target, self._line.pace.grace_s, is_for_good=True))

    async def hangup(self) -> None:
        self._want(Finish())

    # What the cloud tells

    @property
    def is_over(self) -> bool:
        """`Ended` was told."""
        return self._happenings.is_over

    @property
    def _is_up(self) -> bool:
        """Somebody is there: whoever has called us is from the beginning."""
        return self._was_up or not self.name.startswith(MINE)

    async def hooked(self, ticket: Ticket, fields: Mapping[str, str]) -> bytes:
        """The answer to a webhook; the same one where it comes again, or too late."""
        number = ticket.turn
        if number == self._number and number not in self._answers:
            self._answers[number] = self._line.spawn(self._answered(ticket.why, fields))
            for old in [one for one in self._answers if one <= number - ANSWERS_KEPT_COUNT]:
                del self._answers[old]
        task = self._answers.get(number) or (self._answers[max(self._answers)] if self._answers else None)
        if task is None:  # of a call that was taken over from another process, and of a turn before that
            return later(self._line.address(Ticket(why=Why.AGAIN, leg=self.name, turn=self._number)))
        return await asyncio.shield(task)

    def agent_news(self, ticket: Ticket, fields: Mapping[str, str]) -> None:
        """The phone that we ring rings, or was answered."""
        turn = self._turn
        if turn is None or not isinstance(turn.wish, Ring) or ticket.turn != self._number or self._is_bridged:
            return
        match fields.get("CallStatus", ""):
            case "ringing":
                self._happenings.tell(Ringing())
            case "in-progress" | "answered":
                self._is_bridged = True
                if turn.wish.is_for_good:
                    self._happenings.tell(Transferred())
                    self._end(Ended("transferred"))
                else:
                    self._happenings.tell(Bridged())

    def status(self, fields: Mapping[str, str]) -> None:
        """The call itself is over, or only goes on."""
        ended = ending(fields, was_up=self._is_up)
        if ended is not None:
            self._end(ended)

    def recorded(self, fields: Mapping[str, str]) -> None:
        """A recording of the talk is ready."""
        self._recordings.add(fields.get("RecordingSid", ""))

    def look(self) -> None:
        """Whether the cloud should have come long ago: then the caller has gone, and nobody has told us."""
        if not self._is_answering and self._line.now_s() > self._due_s:
            self._end(Ended("hung_up" if self._is_up else "no_answer", {"noticed": "late"}))

    async def over(self) -> None:
        """Until `Ended` was told."""
        await self._over.wait()

    async def _answered(self, why: Why, fields: Mapping[str, str]) -> bytes:
        self._is_answering, self._was_up = True, True
        number = self._number
        try:
            self._note(why, fields)
            is_quiet = self._turn is not None and self._turn.is_waiting and why is not Why.GATHERED
            await self._patience.until(
                lambda: self._is_ending or self._score.has_something, self._line.pace.waiting_s if is_quiet else self._line.pace.patience_s
            )
            return await self._begin()
        except Exception:
            log.exception("a webhook was not answered", extra={"turn": number})
            self._answers.pop(number, None)  # it is tried anew
            return later(self._line.address(Ticket(why=Why.AGAIN, leg=self.name, turn=number)))
        finally:
            self._is_answering = False

    def _note(self, why: Why, fields: Mapping[str, str]) -> None:
        turn, events = self._turn, list[LegEvent]()
        if turn is None:
            events = [Bridged()] if why is Why.DIALLED else []
        else:
            events, self._cut_ms = read(turn, why, fields, self._line.now_s() - self._sent_s, is_bridged=self._is_bridged)
            if why is Why.TURNED and isinstance(turn.wish, Ring):
                events.append(Parted("hung_up" if self._is_bridged else "no_answer"))
        for event in events:
            self._happenings.tell(event)
        if why is Why.TAPED:
            self._line.spawn(self._take_message(fields.get("RecordingSid", "")))
        elif turn is not None and isinstance(turn.wish, Tape):
            self._taped.set()
        if self._recordings.may_begin and turn is not None:
            self._line.spawn(self._recordings.begin(self.sid, self.name, self._number))
        self.status(fields)

    async def _begin(self) -> bytes:
        """The next turn, at the cloud from now on."""
        if self._is_ending:
            return verbs.answer([verbs.hangup()])
        turn = await self._score.turn(self._number + 1)
        answer = document(turn, self._line.way(self.name, turn.number))
        self._turn, self._number = turn, turn.number
        self._sent_s = self._line.now_s()
        self._due_s = self._sent_s + lasts_s(turn) + (1.0 if isinstance(turn.wish, Finish) else self._line.pace.grace_s)
        self._is_flushed = False
        if isinstance(turn.wish, Tape):
            self._taped.clear()
        if isinstance(turn.wish, Refuse):
            self._end(Ended("by_us"))
        return answer

    def _want(self, wish: Wish, *, is_urgent: bool = False) -> None:
        if not self.is_over and self._score.want(wish):
            self._change(is_urgent=is_urgent or not isinstance(wish, Listen))

    def _change(self, *, is_urgent: bool = False) -> None:
        self._patience.change()
        if self._is_answering or self._nudged == self._number or self.is_over:
            return
        if self._has_news if not is_urgent else self._turn is not None or self.name.startswith(MINE):
            self._nudged = self._number
            with suppress(LineFailed):  # we are being stopped
                self._line.spawn(self._nudge(self._number))

    @property
    def _has_news(self) -> bool:
        """For somebody who need not hear the rest of what is played."""
        turn = self._turn
        if turn is None or isinstance(turn.wish, Ring) or not (turn.is_waiting or self._is_flushed):
            return False
        return self._score.has_pieces or (turn.is_waiting and not self._score.is_music)

    async def _nudge(self, number: int) -> None:
        """Have the cloud come at once. Where that fails it comes at the turn's end."""
        await self._patience.calm()
        if self._number != number or self._is_answering or self.is_over or not self._line.rest.is_usable or not self.sid:
            return
        try:
            if isinstance(self._score.wish, Finish) and not self._was_up:
                await self._line.rest.end(self.sid)
            else:
                await self._line.rest.turn(self.sid, self._line.address(Ticket(why=Why.TURNED, leg=self.name, turn=number)))
        except LineFailed as error:
            log.info("a call was not broken off", extra={"code": error.code})
            if error.code == "refused":
                self._end(Ended("hung_up", {"noticed": "late"}))  # the cloud knows of no such call that goes on

    async def _take_message(self, name: str) -> None:
        self._happenings.tell(Message(await self._recordings.message(name)))
        self._taped.set()

    def _end(self, ended: Ended) -> None:
        if self._is_ending:
            return
        self._is_ending = True
        self._change()
        self._line.spawn(self._ended(ended))

    async def _ended(self, ended: Ended) -> None:
        """`Ended`, behind the message that the caller has just left, and with the recording."""
        if not self._taped.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._line.pace.taped_s + self._line.pace.recording_s):
                    await self._taped.wait()
        recording = await self._recordings.whole()
        last = self._turn.wish if self._turn is not None else self._score.wish
        why = "by_us" if isinstance(last, Finish) and ended.why in ("hung_up", "no_answer") else ended.why
        self._happenings.tell(Ended(why, {**ended.facts, "turns": self._number}, recording))
        self._over.set()
