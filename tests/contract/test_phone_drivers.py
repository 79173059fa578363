"""Every driver of a phone keeps one contract: here those behind an Asterisk, with both kinds of sound.

How others join stands in `phone_driver_kit.py`.
"""

from collections.abc import AsyncIterator

import pytest

from tests.contract.asterisk_line import AsteriskLine
from tests.contract.phone_lines import Line
from tests.contract.phone_streaming_kit import StreamingKit


class TestAsteriskWithItsMediaSocket(StreamingKit):
    @pytest.fixture
    async def line(self) -> AsyncIterator[Line]:
        async with AsteriskLine("websocket") as line:
            yield line


class TestAsteriskWithAudioSocket(StreamingKit):
    @pytest.fixture
    async def line(self) -> AsyncIterator[Line]:
        async with AsteriskLine("audiosocket") as line:
            yield line
