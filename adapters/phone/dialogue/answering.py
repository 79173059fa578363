"""What the bot says, and what the caller is asked behind it. Pure."""

from adapters.phone.dialogue import asking, offers, reading, sending
from adapters.phone.dialogue.people import WITH_PEOPLE, let_go
from adapters.phone.dialogue.state import Line, Phase, Timer
from adapters.phone.dialogue.turn import Turn
from gateway.core.calls import Standing
from gateway.core.message import Author, Message
from gateway.core.parts import Text


def answer(turn: Turn, standing: Standing, messages: tuple[Message, ...]) -> None:
    """The bot has the session: speak what it said, and ask on. What was asked before is overtaken, what is being told is not."""
    phase = turn.state.phase
    if phase in (Phase.LEAVING, Phase.SURVEY, Phase.LAST, Phase.OVER):
        return
    if not messages:
        if phase in WITH_PEOPLE:
            from_people(turn, standing)
        return
    let_go(turn)
    overtake(turn)
    found = reading.read_all(messages, turn.state.language)
    seq = messages[-1].seq
    now, later = offers.at_once(found.lines)
    turn.set(rest=later, rest_seq=seq if later else 0)
    sending.found(turn, messages)
    if standing.is_looking:
        _look(turn, (*now, *later), seq)
    elif _is_nobody_there(standing, messages) or (phase in WITH_PEOPLE and standing.case_number and not standing.asks):
        turn.set(rest=(), told=(*now, *later), told_seq=seq)
        turn.say(*now, *later, seq=seq)
        offers.closed(turn)
        asking.pose(turn)
    elif standing.asks:
        _ask_value(turn, (*now, *later), seq)
    elif found.choices and not _has_answer(messages):
        offers.choices(turn, (), found.choices)
        turn.set(told=(), told_seq=0)
        if not turn.state.ahead:
            turn.say(*now, *later, seq=seq)
            turn.say(*turn.state.asked)
        turn.set(asked=(*now, *later, *turn.state.asked))
    else:
        turn.set(ahead="", told=now, told_seq=seq, has_answered=True)
        turn.say(*now, seq=seq)
        offers.anything(turn, found.choices)
        asking.pose(turn)


def _is_nobody_there(standing: Standing, messages: tuple[Message, ...]) -> bool:
    """Whether people were asked for, and the bot has the caller all the same: with a case, or outside of hours."""
    is_notice = any(message.author is Author.SYSTEM for message in messages) and not standing.is_open
    is_handoff = any(message.why.get("decision") == "handoff" for message in messages)
    return (is_notice or is_handoff) and not standing.asks


def _has_answer(messages: tuple[Message, ...]) -> bool:
    """Whether there is an answer before what can be picked: the choices are besides."""
    return any(isinstance(part, Text) for message in messages if message.author is Author.BOT for part in message.parts)


def _look(turn: Turn, lines: tuple[Line, ...], seq: int) -> None:
    """More is to come: this is no time for a question."""
    turn.say(*lines, seq=seq)
    if turn.state.phase is not Phase.THINKING:
        turn.enter(Phase.THINKING)
    turn.wake(Timer.THINKING, asking.PATIENCE_S)


def _ask_value(turn: Turn, lines: tuple[Line, ...], seq: int) -> None:
    """The bot wants an order number, or the like."""
    standing = turn.state.standing
    may_speak = turn.state.language in offers.ears(turn) and not (standing is not None and standing.asks_secret)
    how = turn.line("keys_or_say" if may_speak else "keys")
    turn.enter(Phase.KEYING, asked=(*lines, how))
    turn.set(told=(), told_seq=0)
    if not turn.state.ahead:
        turn.say(*lines, seq=seq)
        turn.say(how)


def overtake(turn: Turn) -> None:
    """Questions of ours that are still being spoken, and ticks, make room; an answer before is said to its end."""
    if turn.state.saying and not any(saying.seq for saying in turn.state.saying) and turn.state.phase is not Phase.GREETING:
        turn.hush()


def from_people(turn: Turn, standing: Standing) -> None:
    """Back with the bot, and nothing said of it."""
    let_go(turn)
    turn.hush()
    if standing.is_open:
        offers.menu(turn)
    else:
        turn.set(told=(), told_seq=0)
        offers.closed(turn)
    asking.pose(turn)
