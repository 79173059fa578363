"""The caller and people: the queue, an agent's phone, an agent who writes. Pure."""

from adapters.phone.dialogue import asking, offers, reading, sending
from adapters.phone.dialogue.state import Line, Phase, Timer
from adapters.phone.dialogue.turn import Turn
from adapters.phone.dialogue.words import Bridge, Flush, Music, Part, Transfer
from adapters.phone.driver import Parted
from adapters.phone.numbers import phone_of
from gateway.core.calls import Standing
from gateway.core.events import CallStage
from gateway.core.message import Author, Message
from gateway.core.session import State as SessionState

ANNOUNCE_S = 45.0
SOONER_S = 12.0
"""A new place in the queue is told so long behind the last announcement."""
STAY_S = 6.0
"""Of music behind "the call with our colleague has ended": then we look for another one."""
TOLD_S = 5.0
"""For the hub to say why an agent's phone has not connected; then our own words do."""
RING_SLACK_S = 10.0
WRITING_S = 30.0
"""Of nothing from the agent who writes, before the caller hears that they are still there."""

WITH_PEOPLE = (Phase.WAITING, Phase.LEAVING, Phase.RINGING, Phase.BRIDGED, Phase.PARTED, Phase.WRITING)
AT_THE_END = (Phase.SURVEY, Phase.LAST, Phase.OVER)


# ---- the queue -------------------------------------------------------------------------------------------------------------------


def wait(turn: Turn, standing: Standing, messages: tuple[Message, ...]) -> None:
    """In the queue: what the hub says of it is spoken, and our own words only where it says nothing."""
    state = turn.state
    words = reading.read_all(messages, state.language).lines
    if state.phase is Phase.LEAVING:
        return
    if messages and state.is_parting_told:
        words = place(turn, standing)
        turn.set(is_parting_told=False)
    if state.phase is not Phase.WAITING:
        let_go(turn)
        turn.enter(Phase.WAITING)
        turn.set(announced=None, tried="", ahead="")
        offers.waiting(turn)
        turn.say(*(words or place(turn, standing)), seq=messages[-1].seq if messages else 0)
        turn.say(*turn.state.asked)
        turn.set(announced=standing.position)
        turn.wake(Timer.ANNOUNCE, ANNOUNCE_S)
        return
    turn.set(tried="")
    if messages:
        turn.say(*words, seq=messages[-1].seq)
        turn.set(announced=standing.position)
        turn.wake(Timer.ANNOUNCE, ANNOUNCE_S)
    if standing.position not in (None, turn.state.announced):
        turn.wake(Timer.ANNOUNCE, min(SOONER_S, turn.state.timers.get(Timer.ANNOUNCE, turn.at) - turn.at))


def announce(turn: Turn) -> None:
    """Where the caller stands, and what they may do instead; a new place is said without that."""
    if turn.state.phase is Phase.WRITING:
        still_written(turn)
        return
    turn.wake(Timer.ANNOUNCE, ANNOUNCE_S)
    standing = turn.state.standing
    if turn.state.saying or turn.state.is_held or standing is None:
        return
    is_moved = turn.state.announced is not None and standing.position is not None and standing.position < turn.state.announced
    turn.say(*place(turn, standing), *(() if is_moved else turn.state.asked))
    turn.set(announced=standing.position)


def place(turn: Turn, standing: Standing) -> tuple[Line, ...]:
    """Only what can be said honestly."""
    if standing.position is None:
        return (turn.line("waiting"),)
    lines = [turn.line("position_next") if standing.position <= 1 else turn.line("position", position=standing.position)]
    if standing.eta_s is not None:
        minutes = round(standing.eta_s / 60)
        key = "eta_short" if standing.eta_s < 60 else "eta_minute" if minutes <= 1 else ""
        lines.append(turn.line(key) if key else turn.line("eta", minutes=minutes))
    return tuple(lines)


# ---- an agent --------------------------------------------------------------------------------------------------------------------


def serve(turn: Turn, standing: Standing, messages: tuple[Message, ...]) -> None:
    """An agent has accepted: their phone rings; or they write, and we read it out."""
    state, target = turn.state, phone_of(standing.agent, turn.state.setup.agents)
    if state.phase in (Phase.LEAVING, *AT_THE_END):
        return
    if target and state.setup.can_reach:
        is_back = state.phase is Phase.WAITING and any(message.author is Author.SYSTEM for message in messages)
        if state.tried != key_of(standing) or is_back:  # back in line and taken again before we looked
            connect(turn, standing, target)
        elif state.phase is Phase.BRIDGED:
            put_on_hold(turn, messages, is_on=standing.state is SessionState.ON_HOLD)
        return
    theirs = tuple(message for message in messages if message.author is not Author.BOT)
    read_out(turn, theirs)


def connect(turn: Turn, standing: Standing, target: str) -> None:
    """Notices of the queue are overtaken by this: they are not said any more."""
    let_go(turn)
    turn.hush()
    turn.enter(Phase.RINGING)
    turn.set(tried=key_of(standing), agent_id=standing.agent_id, is_parting_told=False)
    turn.say(turn.line("connecting", name=standing.agent_name) if standing.agent_name else turn.line("connecting_someone"))
    ring_s = turn.state.setup.ring_s
    turn.wake(Timer.RING, ring_s + RING_SLACK_S)
    if turn.state.parting_count:
        turn.set(target=target)  # the phone before is still being let go of
    else:
        ring(turn, target)


def ring(turn: Turn, target: str) -> None:
    turn.set(target="")
    turn.do(Bridge(target, turn.state.setup.ring_s) if turn.state.setup.can_bridge else Transfer(target))


def read_out(turn: Turn, messages: tuple[Message, ...]) -> None:
    """What an agent without a phone writes. That they have taken the call is said in our own words: they don't talk."""
    state = turn.state
    is_new = state.phase is not Phase.WRITING
    if is_new:
        messages = tuple(message for message in messages if message.author is Author.AGENT)
    words = reading.read_all(messages, state.language)
    if is_new:
        let_go(turn)
        if state.phase is not Phase.THINKING or state.way:  # else it is the greeting
            turn.hush()
        turn.enter(Phase.WRITING)
        turn.set(was_served=True)
    seq = messages[-1].seq if messages else 0
    if any(message.author is Author.AGENT for message in messages):
        turn.set(told=words.lines, told_seq=seq)
    if is_new:
        turn.say(turn.line("agent_writes_or_say" if state.language in offers.ears(turn) else "agent_writes"))
    turn.say(*words.lines, seq=seq)
    if words.links:
        sending.pass_on(turn, messages)
    if is_new or messages:
        turn.wake(Timer.ANNOUNCE, WRITING_S)


def still_written(turn: Turn) -> None:
    turn.wake(Timer.ANNOUNCE, WRITING_S)
    if not turn.state.saying and not turn.state.is_speaking:
        turn.say(turn.line("agent_still"))


def bridged(turn: Turn) -> None:
    """They talk. From here on nothing of ours is heard until they part."""
    if turn.state.parting_count:
        return  # the one that we are letting go of
    if turn.state.phase is not Phase.RINGING:
        part(turn)
        return
    if turn.state.saying:
        turn.do(Flush())
    turn.set(saying=())
    turn.enter(Phase.BRIDGED)
    turn.set(was_served=True, kept=(), is_speaking=False)
    turn.forget(Timer.GUARD, Timer.VOICE)
    turn.tell(turn.called(CallStage.TALKING, agent_id=turn.state.agent_id))
    standing = turn.state.standing
    put_on_hold(turn, (), is_on=standing is not None and standing.state is SessionState.ON_HOLD)


def put_on_hold(turn: Turn, messages: tuple[Message, ...], *, is_on: bool) -> None:
    """The agent lets the caller wait: a word, then music, and neither hears the other until they go on. The music comes first, for over a
    person nothing is said."""
    state = turn.state
    if state.setup.is_turn_based or is_on is state.is_put_on_hold:
        return
    turn.set(is_put_on_hold=is_on, is_music=is_on)
    if is_on:
        turn.do(Music(is_on=True))
        notice = tuple(message for message in messages if message.author is Author.SYSTEM)
        turn.say(*(reading.read_all(notice, state.language).lines or (turn.line("one_moment"),)))
    else:
        turn.set(kept=())
        turn.hush()
        turn.do(Music(is_on=False))


def parted(turn: Turn, event: Parted) -> None:
    """The agent's phone is out of it again; the caller is ours."""
    state = turn.state
    if state.parting_count:
        turn.set(parting_count=state.parting_count - 1)
        if state.target and state.parting_count == 1:
            ring(turn, state.target)
    elif state.phase is Phase.BRIDGED and event.why == "hung_up":
        turn.tell(turn.called(CallStage.UP, why="hung_up"))
        offers.parted(turn)
        asking.pose(turn)
    elif state.phase in (Phase.BRIDGED, Phase.RINGING):
        missed(turn, "broke" if event.why in ("hung_up", "broke") else event.why)


def transferred(turn: Turn) -> None:
    """The caller is somebody else's; the end of our part follows."""
    turn.set(saying=(), kept=(), why="transferred", was_served=True)
    turn.enter(Phase.BRIDGED)
    turn.tell(turn.called(CallStage.TALKING, agent_id=turn.state.agent_id))


def missed(turn: Turn, why: str) -> None:
    """Back to the place in the queue that they had. The hub says the rest."""
    turn.hush()
    turn.enter(Phase.WAITING)
    offers.waiting(turn)
    turn.set(announced=None)
    turn.tell(turn.called(CallStage.MISSED, why=why, agent_id=turn.state.agent_id))
    turn.wake(Timer.ANNOUNCE, TOLD_S)


def nobody_came(turn: Turn) -> None:
    """The line has said nothing of the phone that was to ring."""
    part(turn)
    missed(turn, "no_answer")
    turn.set(parting_count=0, target="")


def another(turn: Turn) -> None:
    """The connection has ended, and the caller wants to go on."""
    turn.set(is_parting_told=True)
    missed(turn, "broke")


def let_go(turn: Turn) -> None:
    """Nobody's phone rings or is connected any more. It is told, or whoever has the caller next would be taken for talking to them."""
    if turn.state.phase in (Phase.RINGING, Phase.BRIDGED):
        part(turn)
        turn.tell(turn.called(CallStage.UP))
        turn.enter(Phase.WAITING)
        offers.waiting(turn)


def part(turn: Turn) -> None:
    turn.do(Part())
    turn.set(parting_count=turn.state.parting_count + 1)


def key_of(standing: Standing) -> str:
    """This acceptance."""
    return f"{standing.session_id}/{standing.agent}"
