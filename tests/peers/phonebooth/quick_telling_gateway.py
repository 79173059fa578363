"""Frontdesk as the tests start it many times over (`quick_gateway.py`), with the notes of `telling_gateway.py`."""

import runpy
from pathlib import Path

HERE = Path(__file__).parent

if __name__ == "__main__":
    runpy.run_path(str(HERE / "telling_gateway.py"))["patch"]()
    runpy.run_path(str(HERE.parent / "quick_gateway.py"), run_name="__main__")
