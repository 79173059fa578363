"""A floor with a mailbox, on a Monday in opening hours."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes import FrozenClock
from tests.integration.mail_floor import MailFloor, open_mail_floor
from tests.integration.mail_turns.beginnings import MONDAY


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(MONDAY)


@pytest.fixture
async def floor(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[MailFloor]:
    async with open_mail_floor(tmp_path, clock) as opened:
        yield opened
