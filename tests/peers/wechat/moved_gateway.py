"""Frontdesk as it is, but for its clock, which jumps when the simulator's does: `FRONTDESK_SIM_CLOCK` names the file that says how far."""

import contextlib
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from gateway import app
from gateway.__main__ import main
from gateway.clock import SystemClock

FILE = "FRONTDESK_SIM_CLOCK"


class MovedClock(SystemClock):
    """The machine's time, and what the simulator has jumped over."""

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.jumped_s)

    def now_ms(self) -> int:
        return super().now_ms() + round(self.jumped_s * 1000)

    @property
    def jumped_s(self) -> float:
        """Read each time: a jump holds at once."""
        with contextlib.suppress(KeyError, OSError, ValueError):
            return float(Path(os.environ[FILE]).read_text())
        return 0.0


if __name__ == "__main__":
    vars(app)["SystemClock"] = MovedClock
    sys.exit(main())
