"""What all tests of our parts over real servers begin with, and where those of the commands stand."""

import asyncio
from pathlib import Path

import pytest

from gateway.core.changes import Changes, DeadLetter
from tests.integration.commanding import LETTER, written
from tests.made_once import made_once

__all__ = ["made_once"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory of its own for each test, and a terminal that speaks English."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


@pytest.fixture
def letter(here: Path) -> DeadLetter:
    """An event that could not be handled, on record."""
    asyncio.run(written(Changes(dead_letters=(LETTER,))))
    return LETTER
