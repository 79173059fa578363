"""The small frames of web chat, the same by socket and over HTTP: typing, read marks, ratings, the end, forms."""

from adapters.webchat.channel import Caller, WebChat
from adapters.webchat.frames import End, Filled, Form, Rate, Read
from gateway.core.errors import BadInput
from gateway.core.ids import SessionId
from gateway.core.session import State
from gateway.core.signals import DESK, DeskSignal, pack
from gateway.web.chat_reception import Reception
from gateway.web.chat_watch import Watch

TYPING_EVERY_S = 1.0
TYPING_AGAIN_S = 0.3
"""Whoever stops and begins again is told of a little sooner; and nobody fills the desks by doing nothing else."""
_WAITING = (State.QUEUED, State.OFFERED)


async def tell_typing(reception: Reception, watch: Watch, *, is_on: bool) -> None:
    """Tell the desk that the customer writes. Only an agent is told, and not more often than people can see."""
    now_s = reception.deps.clock.monotonic()
    if now_s - watch.typed_s < _least_s(watch, is_on=is_on):
        return
    if watch.state in _WAITING:
        await reception.hub.refresh(watch)  # somebody may have accepted, and the signal of it been lost
    if not watch.is_with_agent:
        return
    watch.typed_s, watch.is_typing = now_s, is_on
    await reception.deps.bus.signal(DESK, pack(DeskSignal("typing", session_id=watch.session, is_on=is_on)))


def _least_s(watch: Watch, *, is_on: bool) -> float:
    """How long ago the desk must have been told of anything; that somebody has stopped is told at once."""
    if is_on == watch.is_typing:
        return TYPING_EVERY_S
    return TYPING_AGAIN_S if is_on else 0.0


async def accept_small(reception: Reception, chat: WebChat, frame: Read | Rate | End, caller: Caller, watch: Watch) -> None:
    """Make a read mark, a rating or an end durable."""
    if isinstance(frame, Rate) and frame.session not in (None, watch.session):
        await _require_own(reception, chat, watch, SessionId(frame.session or ""))
    about = Caller(visitor=caller.visitor, session=watch.session, visit=caller.visit)
    event = chat.event(frame, about, reception.deps.clock.now())
    assert event is not None
    await reception.deps.accept(event)


async def fill(reception: Reception, chat: WebChat, form: Form, caller: Caller, watch: Watch) -> tuple[Filled, str | None]:
    """Keep a form: the answer to it, and what it gives as the visitor's name, where the site has not said one."""
    page = form.page or caller.visit.page
    filled, fields = await reception.forms.fill(chat, caller.visitor, form, page)
    watch.said_name = fields.get("name") or watch.said_name
    return filled, caller.visitor.name or watch.said_name


async def _require_own(reception: Reception, chat: WebChat, watch: Watch, session_id: SessionId) -> None:
    """Raises BadInput for a session of somebody else's, just as for none."""
    session = await reception.deps.store.session(session_id)
    if session is None or (session.channel, session.thread) != (chat.name, watch.thread):
        raise BadInput("no_such_session", "the session of a survey of yours")
