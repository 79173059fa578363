"""The passes of test calls: what tells a call that this installation makes to itself from a customer's, in a header that only it can write.

    X-Frontdesk-Test: 1795000000.6f1d0c….b1946a…        when, a nonce, and HMAC-SHA256 over both

Good for half a minute and once. Whatever else stands there is no pass: such a call is a call like any other.
"""

import hmac
import re
from collections.abc import Callable

HEADER = "X-Frontdesk-Test"
AGE_MAX_S = 30.0
"""Also into the future: clocks of two machines differ."""
USED_MAX_COUNT = 1_000
"""Of passes remembered; more at once are test calls of nobody who means well, and are refused."""
_FORM = re.compile(r"(?P<at>\d{1,12})\.(?P<nonce>[0-9a-f]{16,64})\.(?P<mac>[0-9a-f]{64})")


def key_of(secret: bytes, channel: str) -> bytes:
    """What passes for this channel are made with."""
    return hmac.digest(secret, f"phone test call/{channel}".encode(), "sha256")


def issue(key: bytes, *, at_s: float, nonce: str) -> str:
    """A pass. `nonce`: hexadecimal, never used before."""
    said = f"{at_s:.0f}.{nonce}"
    return f"{said}.{_mac(key, said)}"


class Passes:
    """Whoever takes the calls looks at them with this."""

    def __init__(self, key: bytes, now_s: Callable[[], float]) -> None:
        """`key`: empty: none is good."""
        self._key = key
        self._now_s = now_s
        self._used: dict[str, float] = {}

    def admits(self, text: str) -> bool:
        """Whether this is one of ours, fresh, and not used before. Then it is used."""
        found = _FORM.fullmatch(text.strip())
        if not self._key or found is None or not self._is_ours(found):
            return False
        now_s = self._now_s()
        if abs(now_s - int(found["at"])) > AGE_MAX_S:
            return False
        self._used = {nonce: until_s for nonce, until_s in self._used.items() if until_s > now_s}
        if found["nonce"] in self._used or len(self._used) >= USED_MAX_COUNT:
            return False
        self._used[found["nonce"]] = int(found["at"]) + AGE_MAX_S + 1
        return True

    def _is_ours(self, found: re.Match[str]) -> bool:
        return hmac.compare_digest(_mac(self._key, f"{found['at']}.{found['nonce']}").encode(), found["mac"].encode())


def _mac(key: bytes, said: str) -> str:
    return hmac.digest(key, said.encode(), "sha256").hex()
