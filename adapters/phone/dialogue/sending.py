"""Links that can't be spoken: offered, sent, and what became of it. By the hub to an address of the caller's that it knows (WeChat, email),
else as a short message to the number that they call from. Pure.
"""

from adapters.phone.dialogue import reading
from adapters.phone.dialogue.state import Means, Phase, Timer
from adapters.phone.dialogue.turn import Turn
from adapters.phone.dialogue.words import SendLinks
from gateway.core.calls import Standing
from gateway.core.events import LinksWanted
from gateway.core.message import Message
from gateway.core.session import Linked, Way

SMS = "sms"
OFFERS = {Way.WECHAT.value: "link_wechat", Way.EMAIL.value: "link_email", SMS: "link"}
SENT = {Way.WECHAT.value: "link_sent_wechat", Way.EMAIL.value: "link_sent_email", SMS: "link_sent"}
WAITS_S = 20.0
"""For what the hub makes of it; then it has failed."""
TELLS = (Phase.ANSWER, Phase.MENU, Phase.TOPIC, Phase.CHOICES, Phase.THINKING, Phase.KEYING, Phase.LANGUAGE, Phase.CLOSED, Phase.WRITING)
"""Where a caller may be told of it; elsewhere they have something else to hear."""


def found(turn: Turn, messages: tuple[Message, ...]) -> None:
    """Remember the links of an answer: those of the newest message that has some, because one message's are sent."""
    language = turn.state.language
    for message in reversed(messages):
        if links := reading.read_all((message,), language).links:
            turn.set(links=links, links_seq=message.seq)
            return
    turn.set(links=(), links_seq=0)


def way(turn: Turn) -> str:
    """The best way to send them; "": there is none."""
    state = turn.state
    ways = state.standing.ways if state.standing else ()
    return ways[0].value if ways else SMS if state.setup.has_links else ""


def begin(turn: Turn, way: str) -> None:
    """The caller wants them. Who presses the key again while they are on their way hears just that."""
    turn.say(turn.line("link_sending"))
    _send(turn, way)


def pass_on(turn: Turn, messages: tuple[Message, ...]) -> None:
    """An agent who writes a link wants the caller to have it."""
    found(turn, messages)
    if to := way(turn):
        _send(turn, to)


def _send(turn: Turn, way: str) -> None:
    state = turn.state
    if state.linking_seq and state.linking_seq == state.links_seq:
        return
    if way == SMS:
        turn.do(SendLinks(state.links))
        return
    linked = _linked(state.standing)
    turn.set(linking_seq=state.links_seq, linked_count=linked.count if linked else 0)
    turn.wake(Timer.LINKS, WAITS_S)
    turn.tell(LinksWanted(state.links_seq, way))


def take(turn: Turn, standing: Standing) -> None:
    """The hub has sent them, or could not: then a short message is tried."""
    state, linked = turn.state, _linked(standing)
    if not state.linking_seq or linked is None or linked.seq != state.linking_seq or linked.count <= state.linked_count:
        return
    if linked.way is None and state.setup.has_links and state.links_seq == linked.seq and state.links:
        turn.set(linking_seq=0)
        turn.forget(Timer.LINKS)
        turn.do(SendLinks(state.links))
    else:
        ended(turn, linked.way.value if linked.way else "")


def ended(turn: Turn, way: str) -> None:
    """Say where they are, or that they could not be sent. What was sent is offered no more."""
    state = turn.state
    is_ours = bool(state.linking_seq)
    if way and (not is_ours or state.linking_seq == state.links_seq):
        _withdraw(turn)
    turn.set(linking_seq=0)
    turn.forget(Timer.LINKS)
    if state.phase in TELLS:
        failed = "link_not_sent" if is_ours or not state.setup.has_links else "link_failed"
        turn.ask_again(turn.line(SENT[way] if way else failed))


def _withdraw(turn: Turn) -> None:
    options = tuple(option for option in turn.state.options if option.means is not Means.LINK)
    asked = tuple(line for line in turn.state.asked if line.key not in OFFERS.values())
    turn.set(links=(), options=options, asked=asked)


def _linked(standing: Standing | None) -> Linked | None:
    return standing.call.linked if standing is not None and standing.call is not None else None
