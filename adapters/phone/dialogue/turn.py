"""One step of the dialogue in the making: the state as it becomes, and the commands so far."""

from typing import Any

from msgspec import structs

from adapters.phone.dialogue.state import Line, Option, Phase, Saying, State, Timer
from adapters.phone.dialogue.words import Bridge, Command, Flush, Hangup, Hear, Music, Say, TakeMessage, Tell, Transfer
from gateway.core.events import Called, CallStage, Event

GUARD_S = 20.0
"""Beyond the time that something takes to play: then it counts as heard, whatever the line says."""
MS_PER_WIDE_CHAR = 260
MS_PER_CHAR = 75
PROMPT_MS = 6_000
"""Of a prompt whose words are not known here."""

_GIVES_TURN = (Hear, Music, Bridge, Transfer, TakeMessage, Hangup)


class Turn:
    """What one stimulus leads to."""

    def __init__(self, state: State, at: float) -> None:
        self.state = state
        self.at = at
        self.commands: list[Command] = []

    def set(self, **changes: Any) -> None:
        self.state = structs.replace(self.state, **changes)

    def do(self, command: Command) -> None:
        self.commands.append(command)
        if isinstance(command, _GIVES_TURN):
            self.set(owes_turn=False)

    def tell(self, event: Event, person: str = "") -> None:
        self.do(Tell(event=event, person=person))

    def called(self, stage: CallStage, **more: Any) -> Called:
        """News of the call."""
        setup = self.state.setup
        return Called(call=setup.call, stage=stage, number=setup.number, dialled=setup.dialled, **more)

    def line(self, key: str, /, **values: object) -> Line:
        """A prompt in the caller's language."""
        return Line(language=self.state.language, key=key, values={name: str(value) for name, value in values.items()})

    def goodbye(self) -> Line:
        return self.line("goodbye_back" if self.state.setup.is_ours else "goodbye")

    @property
    def commands_give_turn(self) -> bool:
        """Whether a turn-based line knows already whose turn it is."""
        return bool(self.commands) and any(isinstance(command, _GIVES_TURN) for command in self.commands)

    # ---- timers ------------------------------------------------------------------------------------------------------------------

    def wake(self, timer: Timer, in_s: float) -> None:
        self.set(timers={**self.state.timers, timer: self.at + in_s})

    def forget(self, *timers: Timer) -> None:
        if any(timer in self.state.timers for timer in timers):
            self.set(timers={timer: at for timer, at in self.state.timers.items() if timer not in timers})

    # ---- speaking ----------------------------------------------------------------------------------------------------------------

    def say(self, *lines: Line, seq: int = 0, is_firm: bool = False) -> None:
        """Behind what is being said. To a caller who has put us on hold it is said when they are back; over a person, never."""
        state = self.state
        if not lines or state.phase is Phase.OVER or (state.phase is Phase.BRIDGED and not state.is_put_on_hold):
            return
        saying = Saying(mark=state.mark + 1, lines=lines, seq=seq, is_firm=is_firm)
        self.set(mark=saying.mark)
        if state.is_held:
            self.set(kept=(*state.kept, saying)[-12:])
            return
        self.set(saying=(*state.saying, saying), owes_turn=state.setup.is_turn_based)
        self.do(Say(saying))
        self.guard()

    def guard(self) -> None:
        """When all that is being said should have been heard."""
        if self.state.saying:
            self.wake(Timer.GUARD, GUARD_S + 2 * sum(map(guess_ms, self.state.saying)) / 1_000)
        else:
            self.forget(Timer.GUARD)

    def hush(self) -> None:
        """Silence, but for what must be heard."""
        if self.state.saying and not self.is_firm:
            self.set(saying=())
            self.forget(Timer.GUARD)
            self.do(Flush())

    @property
    def is_firm(self) -> bool:
        return any(saying.is_firm for saying in self.state.saying)

    # ---- asking ------------------------------------------------------------------------------------------------------------------

    def enter(self, phase: Phase, *, options: tuple[Option, ...] = (), asked: tuple[Line, ...] = ()) -> None:
        """Be at something else: what the former question left behind is gone."""
        self.forget(Timer.SILENCE, Timer.KEYS, Timer.THINKING, Timer.ANNOUNCE, Timer.RING, Timer.PARTED)
        self.set(phase=phase, options=options, asked=asked, typed="", thinking_count=0, page=0, is_put_on_hold=False)

    def ask_again(self, *before: Line) -> None:
        """The question that stands, behind a word on why."""
        self.forget(Timer.SILENCE)
        self.say(*before, *self.state.asked)


def guess_ms(saying: Saying) -> int:
    """About how long it takes to say."""
    return sum(map(guess_line_ms, saying.lines))


def guess_line_ms(line: Line) -> int:
    if not line.text:
        return PROMPT_MS
    return guess_words_ms(line.text)


def guess_words_ms(text: str) -> int:
    wide = sum(char > "\u2e7f" for char in text)
    return wide * MS_PER_WIDE_CHAR + (len(text) - wide) * MS_PER_CHAR
