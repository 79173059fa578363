"""A message after the tone. Pure."""

from adapters.phone.dialogue import asking, offers
from adapters.phone.dialogue.people import ANNOUNCE_S
from adapters.phone.dialogue.state import Phase, Timer
from adapters.phone.dialogue.turn import Turn
from adapters.phone.dialogue.words import Left, TakeMessage
from gateway.core.events import CallStage
from gateway.core.session import State as SessionState

SLACK_S = 30.0
"""For the tone, and for keeping what was said; a line that says nothing of it by then never will."""


def leave(turn: Turn) -> None:
    """After the tone. The music ends before the words do."""
    turn.enter(Phase.LEAVING)
    turn.set(is_taking=False)
    turn.say(turn.line("message_prompt" if turn.state.setup.number else "message_prompt_number"))
    if turn.state.setup.is_turn_based:
        begin(turn)


def begin(turn: Turn) -> None:
    if not turn.state.is_taking:
        turn.set(is_taking=True)
        turn.do(TakeMessage(turn.state.setup.voicemail_max_s))
        turn.wake(Timer.MESSAGE, turn.state.setup.voicemail_max_s + SLACK_S)


def left(turn: Turn, message: Left) -> None:
    """What was said is kept; where nothing was, the caller is back where they were."""
    if message.file is not None:
        turn.tell(turn.called(CallStage.VOICEMAIL, file=message.file, text=message.text, confidence=message.confidence))
    if turn.state.phase is not Phase.LEAVING:
        return
    turn.set(is_taking=False)
    turn.forget(Timer.MESSAGE)
    if message.file is not None:
        asking.farewell(turn, "by_us", turn.line("message_thanks" if turn.state.setup.number else "message_thanks_number"))
        return
    turn.say(turn.line("message_none"))
    standing = turn.state.standing
    if standing is not None and standing.state in (SessionState.QUEUED, SessionState.OFFERED):
        turn.enter(Phase.WAITING)
        offers.waiting(turn)
        turn.say(*turn.state.asked)
        turn.wake(Timer.ANNOUNCE, ANNOUNCE_S)
    elif standing is None or standing.is_open:
        offers.menu(turn)
        asking.pose(turn)
    else:
        offers.closed(turn)
        asking.pose(turn)
