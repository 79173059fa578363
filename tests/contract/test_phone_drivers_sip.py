"""The driver over SIP keeps the contract of all drivers, with a real worker process and real packets."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.contract.phone_lines import Call, Line, answered, taking
from tests.contract.phone_streaming_kit import StreamingKit
from tests.contract.sip_line import SipContractLine, StandingDriver, open_driver, standing

pytest.importorskip("baresip")
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker() -> AsyncIterator[tuple[StandingDriver, int]]:
    """One serves all of them, for its start is dear; whoever stops it has one of its own."""
    async with standing() as worker:
        yield worker


class TestSip(StreamingKit):
    @pytest_asyncio.fixture(loop_scope="module")
    async def line(self, worker: tuple[StandingDriver, int]) -> AsyncIterator[Line]:
        async with SipContractLine(*worker) as line:
            yield line

    @pytest_asyncio.fixture(loop_scope="module")
    async def calls(self, line: Line) -> AsyncIterator[asyncio.Queue[Call]]:  # type: ignore[override]  # of another loop
        async with taking(line) as calls:
            yield calls

    @pytest_asyncio.fixture(loop_scope="module")
    async def call(self, line: Line, calls: "asyncio.Queue[Call]") -> Call:  # type: ignore[override]  # of another loop
        return await answered(line, calls)

    @pytest.mark.asyncio(loop_scope="function")  # where the standing driver has no tasks
    async def test_nothing_stays_behind_a_stop(self) -> None:  # type: ignore[override]
        async with SipContractLine(*open_driver()) as line:
            await super().test_nothing_stays_behind_a_stop(line)
