"""Frontdesk as it is, but for its clock, which jumps when the simulator's does: `FRONTDESK_SIM_CLOCK` names the file that says how far."""

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from gateway import app
from gateway.__main__ import main
from gateway.clock import SystemClock
from gateway.core.handoff import Agent
from gateway.core.ids import AgentId
from handoff import queue
from handoff.absence import Absence

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


class PatientAbsence(Absence):
    """Nobody is gone because time has jumped: their desks are heard of again within seconds."""

    _jumped_s = 0.0

    async def tend(self, agents: Sequence[Agent], held: Mapping[AgentId, int], now: datetime) -> None:
        jumped_s = MovedClock().jumped_s
        if jumped_s != self._jumped_s:
            self._jumped_s, self._watching_since = jumped_s, now
        await super().tend(agents, held, now)


def patch() -> None:
    """Put the clock, and who bears with it, in the place of ours."""
    vars(app)["SystemClock"] = MovedClock
    vars(queue)["Absence"] = PatientAbsence


if __name__ == "__main__":
    patch()
    sys.exit(main())
