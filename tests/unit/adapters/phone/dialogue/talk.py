"""One call as the pure dialogue sees it, in a few words: what happens, and what was said and done then."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import structs

from adapters.phone.dialogue.state import Line, Saying, Setup, State
from adapters.phone.dialogue.steps import due_at, step
from adapters.phone.dialogue.words import (
    Begun,
    Bridge,
    CallerBegan,
    Command,
    Flush,
    Heard,
    Over,
    Say,
    Stimulus,
    Tell,
    Tick,
    Words,
)
from adapters.phone.driver import Bridged, Digit, Parted, Ringing
from gateway.core.calls import Standing, Topic, TopQuestion
from gateway.core.events import Called, Event, Played
from gateway.core.ids import AgentId, EntryId, MessageId, SessionId
from gateway.core.message import Author, Message
from gateway.core.parts import Choice, Choices, Part, Text
from gateway.core.session import CONTROLLERS
from gateway.core.session import State as At

MOMENT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
NUMBER = "+8613800138000"
SESSION = SessionId("S1")
MENUS: dict[str, tuple[Topic, ...]] = {
    language: (
        Topic(
            id="orders",
            title=orders,
            questions=tuple(TopQuestion(entry=EntryId(f"order-{n}"), text=f"{orders} {n}") for n in range(1, 11)),
        ),
        Topic(
            id="returns",
            title=returns,
            questions=tuple(TopQuestion(entry=EntryId(f"refund-{name}"), text=f"refund {name}") for name in ("time", "way")),
        ),
    )
    for language, orders, returns in (("zh-CN", "订单", "退货"), ("en", "Orders", "Returns"))
}


class Talk:
    """Steps, and remembers. `told`: what the hub was told; `said`: every line, by its key or its words; `did`: the other commands."""

    def __init__(self, *, begin: bool = True, standing: Standing | None = None, **setup: Any) -> None:
        chosen = {"languages": ("zh-CN", "en"), "number": NUMBER, "company": "Example", **setup}
        self.state = State(setup=Setup(call="C1", **chosen), language=chosen["languages"][0])
        self.at = 100.0
        self.seq = standing.seq if standing else 0
        self.said: list[str] = []
        self.told: list[Event] = []
        self.persons: list[str] = []
        self.did: list[Command] = []
        if begin:
            self.takes(Begun(menus=MENUS, standing=standing))

    def takes(self, *stimuli: Stimulus) -> "Talk":
        for stimulus in stimuli:
            before = self.state
            self.state, commands = step(before, stimulus, self.at)
            for command in commands:
                self._note(command, before)
        return self

    @property
    def phase(self) -> str:
        return self.state.phase.value

    def forget(self) -> "Talk":
        """Only what comes now counts."""
        self.said.clear()
        self.told.clear()
        self.did.clear()
        self.persons.clear()
        return self

    # ---- the caller --------------------------------------------------------------------------------------------------------------

    def presses(self, keys: str) -> "Talk":
        return self.takes(*(Digit(key) for key in keys))

    def says(self, text: str, confidence: float = 0.9, trouble: str = "") -> "Talk":
        return self.takes(CallerBegan(), Words(text=text, confidence=confidence, trouble=trouble))

    def listens(self) -> "Talk":
        """All is heard to its end."""
        while self.state.saying:
            saying = self.state.saying[0]
            self.takes(Heard(mark=saying.mark, seq=saying.seq, heard_ms=900, of_ms=900))
        return self

    def waits(self, seconds: float) -> "Talk":
        """Time passes, and every timer rings in its turn; what is said meanwhile is heard at once."""
        until = self.at + seconds
        while (due := due_at(self.state)) is not None and due <= until:
            self.at = max(self.at, due)
            self.takes(Tick()).listens()
        self.at = until
        return self

    # ---- the house ---------------------------------------------------------------------------------------------------------------

    def message(self, *parts: Part | str, author: Author = Author.BOT) -> Message:
        self.seq += 1
        made = tuple(Text(part, markdown=True) if isinstance(part, str) else part for part in parts)
        return Message(id=MessageId(f"M{self.seq}"), session_id=SESSION, seq=self.seq, author=author, at=MOMENT, parts=made)

    def stands(self, state: At, **more: Any) -> "Talk":
        return self.takes(standing(state, self.seq, **more))

    def answers(self, *parts: Part | str, author: Author = Author.BOT, **more: Any) -> "Talk":
        """The bot has spoken, and still has the session."""
        return self.takes(self.message(*parts, author=author)).stands(At.BOT, **more)

    def queued(self, notice: str = "", **more: Any) -> "Talk":
        if notice:
            self.takes(self.message(notice, author=Author.SYSTEM))
        return self.stands(At.QUEUED, **more)

    def accepted(self, agent: str = "07", *, says: str = "", **more: Any) -> "Talk":
        if says:
            self.takes(self.message(says, author=Author.AGENT))
        return self.stands(At.ACTIVE, agent=agent, agent_id=AgentId(agent), agent_name=f"坐席 {agent}", **more)

    def bridged(self) -> "Talk":
        return self.takes(Ringing(), Bridged())

    def parts(self, why: str) -> "Talk":
        return self.takes(Parted(why))

    def hangs_up(self, why: str = "hung_up") -> "Talk":
        return self.takes(Over(why=why))

    # ---- what was done -----------------------------------------------------------------------------------------------------------

    @property
    def stages(self) -> list[str]:
        return [f"{event.stage}{f':{event.why}' if event.why else ''}" for event in self.told if isinstance(event, Called)]

    @property
    def played(self) -> list[Played]:
        return [event for event in self.told if isinstance(event, Played)]

    @property
    def is_flushed(self) -> bool:
        return any(isinstance(command, Flush) for command in self.did)

    @property
    def bridges(self) -> list[str]:
        return [command.target for command in self.did if isinstance(command, Bridge)]

    def _note(self, command: Command, before: State) -> None:
        match command:
            case Say(saying=saying):
                self.said += [called(line) for line in saying.lines]
            case Tell(event=event, person=person):
                self.told.append(event)
                if person:
                    self.persons.append(person)
            case _:
                self.did.append(command)
        if isinstance(command, Flush):
            for saying in before.saying:
                if not saying.is_firm and saying not in self.state.saying:
                    self.cut(saying)

    def cut(self, saying: Saying) -> None:
        self.takes(Heard(mark=saying.mark, seq=saying.seq, heard_ms=300, of_ms=900, is_whole=False))


def called(line: Line) -> str:
    """A line in a word: its prompt and values, or its own words."""
    if line.is_tick:
        return "tick"
    values = ",".join(line.values.values())
    return line.text or f"{line.key}{f'({values})' if values else ''}"


def standing(state: At, seq: int, **more: Any) -> Standing:
    made = Standing(session_id=SESSION, state=state, controller=CONTROLLERS[state], language="zh-CN", seq=seq)
    return structs.replace(made, **more)


def choices(text: str, *options: str) -> Choices:
    return Choices(text, tuple(Choice(f"c{n}", option) for n, option in enumerate(options, 1)))


def again(state: State) -> State:
    """Written down and read again."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=State)
