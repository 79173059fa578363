"""How fast a caller's keys are taken. Nobody presses them faster; a program that sends thousands, each of which asks for something, is not
followed. Pure."""

BURST_COUNT = 40
"""At once: a whole number that was stored in a phone, with what stands around it."""
PER_S = 5.0
"""Then, as long as it goes on."""


class Keypad:
    """Of one call."""

    def __init__(self) -> None:
        self._left = float(BURST_COUNT)
        self._at_s = 0.0

    def takes(self, now_s: float) -> bool:
        """Whether a key that was pressed now counts."""
        self._left = min(BURST_COUNT, self._left + max(0.0, now_s - self._at_s) * PER_S)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True
