"""The end of what people had with a caller: how it was, and goodbye. Pure."""

from adapters.phone.dialogue import asking, offers, reading
from adapters.phone.dialogue.people import AT_THE_END, let_go
from adapters.phone.dialogue.state import Phase
from adapters.phone.dialogue.turn import Turn
from gateway.core.calls import Standing
from gateway.core.events import Rated
from gateway.core.message import Author, Message


def finish(turn: Turn, standing: Standing, messages: tuple[Message, ...]) -> None:
    """The agent has ended it, or it is closed: how it was, and goodbye."""
    state = turn.state
    if state.phase in AT_THE_END or state.phase is Phase.LEAVING:
        return
    let_go(turn)
    last = tuple(message for message in messages if message.author is Author.AGENT)
    turn.hush()
    turn.set(ahead="")
    if state.was_served and state.setup.has_survey:
        turn.say(*reading.read_all(last, state.language).lines, seq=last[-1].seq if last else 0)
        offers.survey(turn)
        turn.set(rated=standing.session_id)
        asking.pose(turn)
    else:
        lines = reading.read_all(last or messages, state.language).lines
        is_thanked = bool(lines) and not last  # by the hub, in its own last words
        asking.farewell(turn, "by_agent" if state.was_served else "by_us", *lines, turn.line("bye") if is_thanked else turn.goodbye())


def rate(turn: Turn, score: int) -> None:
    turn.tell(Rated(score, session=turn.state.rated))
    asking.farewell(turn, "by_agent", turn.line("survey_thanks"))
