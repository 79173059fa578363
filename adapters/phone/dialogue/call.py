"""The call itself: its beginning and end, what was heard of what we said, hold, troubles. Pure."""

from adapters.phone.dialogue import asking, message, offers
from adapters.phone.dialogue.news import offered
from adapters.phone.dialogue.state import Line, Phase, Saying, Timer
from adapters.phone.dialogue.turn import Turn
from adapters.phone.dialogue.words import Begun, Flush, Heard, Over, Record
from gateway.core.events import CallStage, Played
from gateway.core.session import Controller


def begin(turn: Turn, begun: Begun) -> None:
    """The greeting, and what the law wants said. Who is known here from before is spoken to in their language."""
    state, standing = turn.state, begun.standing
    known = offered(standing.language, state.setup.languages) if standing else ""
    turn.set(language=known or state.language, menus=begun.menus, spoken_seq=standing.seq if standing else 0)
    turn.wake(Timer.LIMIT, state.setup.call_max_s)
    turn.tell(turn.called(CallStage.UP))
    if state.setup.is_announced:
        languages = (turn.state.language,) if known else state.setup.languages
        turn.say(*(Line(language=tag, key="recorded") for tag in languages), is_firm=True)
    _greet(turn, is_known=bool(known), people=standing.controller if standing else None)


def _greet(turn: Turn, *, is_known: bool, people: Controller | None) -> None:
    setup = turn.state.setup
    own = "" if setup.is_ours else setup.greeting.get(turn.state.language, "")
    language = turn.state.language
    turn.say(
        Line(language=language, key="greeting", text=own)
        if own
        else turn.line(("greeting_back" if setup.is_ours else "greeting") + ("" if setup.company else "_plain"), company=setup.company)
    )
    if people in (Controller.QUEUE, Controller.AGENT):
        turn.say(*((turn.line("still_in_line"),) if people is Controller.QUEUE else ()))
        turn.enter(Phase.THINKING)
        turn.wake(Timer.THINKING, asking.PATIENCE_S)
        return
    if is_known or len(setup.languages) < 2:
        offers.menu(turn)
    else:
        offers.language(turn)
    asking.pose(turn)


def over(turn: Turn, over: Over) -> None:
    state = turn.state
    why = state.why if state.why and over.why in ("by_us", "hung_up") and state.phase is Phase.LAST else over.why
    facts = {**over.facts, "way": list(state.way), "language": state.language}
    turn.tell(turn.called(CallStage.ENDED, why=why, facts=facts, file=over.file))
    turn.set(phase=Phase.OVER, saying=(), kept=(), timers={}, is_music=False)


def held(turn: Turn, *, is_on: bool) -> None:
    """On hold nothing is said: what is cut short, and what comes meanwhile, is said when they are back."""
    state = turn.state
    if is_on == state.is_held:
        return
    is_talking = state.phase is Phase.BRIDGED
    turn.tell(turn.called(CallStage.HELD if is_on else CallStage.TALKING if is_talking else CallStage.UP))
    if is_on:
        kept = () if is_talking else state.saying
        turn.set(saying=())
        if state.saying:
            turn.do(Flush())
        turn.set(is_held=True, kept=kept, is_speaking=False)
        turn.forget(Timer.GUARD, Timer.SILENCE, Timer.VOICE)
        return
    turn.set(is_held=False, kept=())
    for saying in state.kept:
        turn.say(*saying.lines, seq=saying.seq, is_firm=saying.is_firm)
    if not state.kept and state.asked and not is_talking:
        turn.ask_again()


def trouble(turn: Turn, *, is_over: bool) -> None:
    """The record is away: say that it takes longer, and in the end that it can't be helped."""
    if turn.state.phase in (Phase.BRIDGED, Phase.LAST):
        return
    if is_over:
        asking.farewell(turn, "failed", turn.line("sorry"))
    elif not turn.state.saying:
        turn.say(turn.line("trouble"))


def heard(turn: Turn, heard: Heard) -> None:
    """How much of a message was heard is on record; what comes behind it begins."""
    if heard.seq and heard.of_ms:
        turn.tell(Played(heard.seq, min(heard.heard_ms, heard.of_ms), heard.of_ms))
    rest = tuple(saying for saying in turn.state.saying if saying.mark != heard.mark)
    if len(rest) == len(turn.state.saying) or not heard.is_whole:
        return
    all_heard(turn, rest)


def all_heard(turn: Turn, rest: tuple[Saying, ...]) -> None:
    turn.set(saying=rest)
    turn.guard()
    state = turn.state
    if state.setup.is_recorded and not state.is_recording and not state.is_held and not turn.is_firm:
        turn.set(is_recording=True)
        turn.do(Record())
    if not rest and state.phase is Phase.LEAVING:
        message.begin(turn)
