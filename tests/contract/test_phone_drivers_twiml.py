"""A cloud's webhooks keep the contract of all drivers of a phone."""

from collections.abc import AsyncIterator

import pytest

from adapters.phone.driver import Ended
from tests.contract.phone_driver_kit import DriverKit
from tests.contract.phone_lines import Call, Line
from tests.contract.twiml_line import TwimlLine


class TestTwiml(DriverKit):
    @pytest.fixture
    async def line(self) -> AsyncIterator[Line]:
        async with TwimlLine() as line:
            yield line

    async def test_what_carries_calls_may_die(self, line: Line, call: Call) -> None:
        """A cloud that is gone tells nothing, as one whose caller has hung up and that was not set up to say so."""
        await line.lose()
        ended = await call.until(Ended)
        assert (ended.why, ended.facts["noticed"]) == ("hung_up", "late")
