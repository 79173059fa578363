"""What the worker says aloud, fit for a log: nobody's numbers in it, and not more than somebody reads.

The stack's own library writes straight to the worker's output, whatever a stranger has sent: `unhandled request from ...: REGISTER
sip:...`, once for every packet. So lines are looked at where they arrive. Pure.
"""

import re
from collections.abc import Callable

LINE_MAX_CHARS = 300
WINDOW_S = 60.0
LINES_MAX_COUNT = 20
"""Of one window; how many more there were is said with the next one."""
_PRIVATE = re.compile(r"(?i)(?:sips?|tel):\S+|\+?\d{5,}|[\w.+-]+@[\w.-]+")


def discreet(text: str) -> str:
    """One short line, without numbers and addresses of people."""
    plain = "".join(char if char.isprintable() else " " for char in text[: 4 * LINE_MAX_CHARS])
    return _PRIVATE.sub("[hidden]", " ".join(plain.split()))[:LINE_MAX_CHARS]


class Lines:
    """Of one worker."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._began_s = now_s()
        self._count = 0

    def fit(self, text: str) -> str:
        """The line as it is logged; empty: there were enough of them."""
        left_out = 0
        if self._now_s() - self._began_s >= WINDOW_S:
            left_out = max(0, self._count - LINES_MAX_COUNT)
            self._began_s, self._count = self._now_s(), 0
        self._count += 1
        if self._count > LINES_MAX_COUNT:
            return ""
        return discreet(text) + (f" (and {left_out} lines that were left out)" if left_out else "")
