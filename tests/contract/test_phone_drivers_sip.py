"""The driver over SIP keeps the contract of all drivers, with a real worker process and real packets."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.phone_driver_kit import Line, StreamingKit
from tests.contract.sip_line import SipContractLine

pytest.importorskip("baresip")


class TestSip(StreamingKit):
    @pytest.fixture
    async def line(self) -> AsyncIterator[Line]:
        async with SipContractLine() as line:
            yield line
