"""Frontdesk as the tests start it many times over, with the clock of the simulators, and quick to take a dead process's mailbox over."""

import runpy
from pathlib import Path

from adapters.email.imap import listener

if __name__ == "__main__":
    vars(listener)["LEASE_S"] = 3.0
    vars(listener)["AGAIN_S"] = 0.3
    runpy.run_path(str(Path(__file__).parent / "wechat" / "quick_moved_gateway.py"), run_name="__main__")
