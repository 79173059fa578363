"""What is known of a mail beside what stands in it: found at the edge, handed to `letters`."""

from datetime import datetime

from msgspec import Struct

from gateway.core.events import Quiet
from gateway.core.ids import Thread
from gateway.core.parts import FileRef


class Found(Struct, frozen=True, kw_only=True):
    """Of one mail."""

    key: str
    """What tells it from every other mail."""
    at: datetime
    """When our server took it."""
    sender: str
    """Whom an answer goes to: an address; "" where there is none."""
    thread: Thread
    is_first: bool = True
    beside: Thread | None = None
    customer: str = ""
    """Of the thread that this one is beside, to be told there."""
    is_doubted: bool = False
    """The thread's customer was proven before, and this mail is not: no answer goes anywhere but to their address."""
    word: str = "none"
    """How the sender is known (`authenticity`)."""
    automatic: str = ""
    """Why it is taken for a program's (`gate`)."""
    quiet: Quiet | None = None
    is_over: bool = False
    """So many came of its sender, or of strangers on its thread, that they may be a program."""
    is_told: bool = False
    """That its sender gets no automatic word any more is told with it."""
    file: FileRef | None = None
    """The raw mail."""
