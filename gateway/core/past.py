"""Sessions of the past, whole enough to learn from: what the bot decided, and what became of it."""

from msgspec import Struct

from gateway.core.knowledge import Label
from gateway.core.message import Message
from gateway.core.session import Rating, Session


class PastSession(Struct, frozen=True, kw_only=True):
    """A session with its first messages, its rating, and what agents said that its questions meant."""

    session: Session
    messages: tuple[Message, ...]
    """In order; at most as many as the store reads of one session."""
    is_cut: bool = False
    """It has more messages than these."""
    rating: Rating | None = None
    labels: tuple[Label, ...] = ()
