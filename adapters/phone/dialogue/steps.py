"""The dialogue with a caller: `step` says what becomes of a call when something happens, and what is to be done. Pure, and total: whatever
comes, in whatever order, there is afterwards something to say or something that is waited for, and nobody is talked over.
"""

from typing import Literal, assert_never

from adapters.phone import driver
from adapters.phone.dialogue import asking, call, caller, message, news, people, sending
from adapters.phone.dialogue.posture import settle
from adapters.phone.dialogue.state import Phase, State, Timer
from adapters.phone.dialogue.turn import Turn
from adapters.phone.dialogue.words import (
    Begun,
    CallerBegan,
    Command,
    Heard,
    Left,
    LinksSent,
    Over,
    Stimulus,
    Tick,
    Trouble,
    Words,
)
from gateway.core.calls import Standing
from gateway.core.events import CallStage
from gateway.core.message import Message


def step(state: State, stimulus: Stimulus, at: float) -> tuple[State, tuple[Command, ...]]:
    """What becomes of it. `at`: seconds by any clock that never goes back."""
    turn = Turn(state, at)
    if state.phase is not Phase.OVER:
        _take(turn, stimulus)
        caller.use_ahead(turn)
        settle(turn, stimulus)
    return turn.state, tuple(turn.commands)


def due_at(state: State) -> float | None:
    """When a `Tick` is wanted next."""
    return min(state.timers.values(), default=None)


def _take(turn: Turn, stimulus: Stimulus) -> None:
    match stimulus:
        case driver.Digit() | CallerBegan() | Words() | driver.Nothing():
            caller.take(turn, stimulus)
        case Message() | Standing():
            news.take(turn, stimulus)
        case driver.Ringing() | driver.Bridged() | driver.Parted() | driver.Transferred():
            _other(turn, stimulus)
        case Tick():
            _due(turn)
        case _:
            _of_the_call(turn, stimulus)


def _of_the_call(turn: Turn, stimulus: Begun | Heard | driver.Held | Left | LinksSent | Trouble | Over) -> None:
    match stimulus:
        case Begun():
            call.begin(turn, stimulus)
        case Heard():
            call.heard(turn, stimulus)
        case driver.Held(is_on=is_on):
            call.held(turn, is_on=is_on)
        case Left():
            message.left(turn, stimulus)
        case LinksSent(is_sent=is_sent):
            sending.ended(turn, sending.SMS if is_sent else "")
        case Trouble(is_over=is_over):
            call.trouble(turn, is_over=is_over)
        case Over():
            call.over(turn, stimulus)
        case unknown:
            assert_never(unknown)


def _due(turn: Turn) -> None:
    for timer, at in sorted(turn.state.timers.items(), key=lambda item: item[1]):
        if at > turn.at or turn.state.timers.get(timer) != at:
            continue
        turn.forget(timer)
        _ring_timer(turn, timer)


def _ring_timer(turn: Turn, timer: Timer) -> None:
    match timer:
        case Timer.SILENCE | Timer.THINKING | Timer.KEYS | Timer.VOICE:
            _asks(turn, timer)
        case Timer.ANNOUNCE:
            people.announce(turn)
        case Timer.GUARD:
            call.all_heard(turn, ())
        case Timer.MESSAGE:
            message.left(turn, Left())
        case Timer.RING:
            people.nobody_came(turn)
        case Timer.PARTED:
            people.another(turn)
        case Timer.NEWS:
            news.catch_up(turn)
        case Timer.LINKS:
            sending.ended(turn, "")
        case Timer.LIMIT:
            _limit(turn)
        case unknown:
            assert_never(unknown)


def _asks(turn: Turn, timer: Literal[Timer.SILENCE, Timer.THINKING, Timer.KEYS, Timer.VOICE]) -> None:
    match timer:
        case Timer.SILENCE:
            asking.not_heard(turn)
        case Timer.THINKING:
            asking.still_thinking(turn)
        case Timer.KEYS:
            asking.end_keys(turn)
        case Timer.VOICE:
            turn.set(is_speaking=False)
            caller.ear_failed(turn)
        case unknown:
            assert_never(unknown)


def _limit(turn: Turn) -> None:
    """Calls end. Nobody who talks with an agent is talked over: that call just ends."""
    turn.set(why="limit")
    asking.farewell(turn, "limit", *(() if turn.state.phase is Phase.BRIDGED else (turn.line("limit"),)))


def _other(turn: Turn, event: driver.Ringing | driver.Bridged | driver.Parted | driver.Transferred) -> None:
    match event:
        case driver.Ringing():
            if turn.state.phase is Phase.RINGING and not turn.state.parting_count:
                turn.tell(turn.called(CallStage.RINGING, agent_id=turn.state.agent_id))
        case driver.Bridged():
            people.bridged(turn)
        case driver.Parted():
            people.parted(turn, event)
        case driver.Transferred():
            people.transferred(turn)
        case unknown:
            assert_never(unknown)
