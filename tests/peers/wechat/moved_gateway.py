"""Frontdesk as it is, but for its clock, which jumps when the simulator's does: `FRONTDESK_SIM_CLOCK` names the file that says how far."""

import contextlib
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from gateway import app
from gateway.__main__ import main
from gateway.clock import SystemClock

FILE = "FRONTDESK_SIM_CLOCK"
LOOK_EVERY_S = 0.05


class MovedClock(SystemClock):
    """The machine's time, and what the simulator has jumped over."""

    def __init__(self) -> None:
        self._jumped_s = 0.0
        self._looked_at = -LOOK_EVERY_S

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.jumped_s)

    def now_ms(self) -> int:
        return super().now_ms() + round(self.jumped_s * 1000)

    @property
    def jumped_s(self) -> float:
        if time.monotonic() - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = time.monotonic()
            with contextlib.suppress(KeyError, OSError, ValueError):
                self._jumped_s = float(Path(os.environ[FILE]).read_text())
        return self._jumped_s


if __name__ == "__main__":
    vars(app)["SystemClock"] = MovedClock
    sys.exit(main())
