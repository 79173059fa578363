"""Calls that the stack begins and never tells of.

An INVITE without a Contact, or without a tag in From, is answered 500, and its call stays in the stack for good, with its sockets: the
package's table of handles waits for its end, which is never told (0.5.2a3, seen November 2026). Some hundred such packets would leave no
line to anybody. So the stack is told that they have ended.
"""

from collections.abc import Callable

from baresip import Event, StackEvent

LOOK_S = 0.1
"""A call that lives is told in the same moment as its offer."""


class Stillborn:
    """Sees everything that the stack tells."""

    def __init__(self, end: Callable[[], object], later: Callable[[float, Callable[[], None]], object]) -> None:
        """`end` ends all of them; `later` does something so many seconds on."""
        self._end = end
        self._later = later
        self._known: set[int] = set()
        self._doubtful: set[int] = set()

    def take(self, event: StackEvent) -> None:
        call = event.call
        if not call:
            return
        if event.event is Event.CALL_CLOSED:
            self._known.discard(call)
            self._doubtful.discard(call)
        elif event.event is not Event.CALL_REMOTE_SDP:
            self._known.add(call)
            self._doubtful.discard(call)
        elif event.text == "offer" and call not in self._known:
            self._doubtful.add(call)
            self._later(LOOK_S, lambda: self._look(call))

    def _look(self, call: int) -> None:
        if call in self._doubtful:
            self._doubtful.discard(call)
            self._end()
