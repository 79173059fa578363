"""The platform's time, told to a gateway beside it."""

from datetime import datetime
from pathlib import Path

from tests.peers.wechat.clock import MovableClock


class SimClock(MovableClock):
    """The platform's: the machine's time; a gateway beside it reads from a file how far it has jumped."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file
        file.write_text("0")

    def advance(self, seconds: float) -> datetime:
        moved = super().advance(seconds)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(self.jumped_s))
        fresh.replace(self._file)
        return moved
