"""The answer behind a mail's content is listened for before the content goes out."""

import asyncio
from typing import Any, cast

import aiosmtplib

from adapters.email.smtp.transaction import _content


class Hasty:
    """A protocol and its line: it answers within the write, and what nobody listens for yet is lost, as in aiosmtplib under uvloop."""

    def __init__(self) -> None:
        self.protocol = self.transport = self
        self._answer: asyncio.Future[aiosmtplib.SMTPResponse] | None = None

    async def read_response(self, *, timeout: float) -> aiosmtplib.SMTPResponse:  # noqa: ASYNC109 - aiosmtplib's own signature
        self._answer = asyncio.get_running_loop().create_future()
        return await asyncio.wait_for(self._answer, timeout)

    def write(self, _: bytes) -> None:
        if self._answer is not None:
            self._answer.set_result(aiosmtplib.SMTPResponse(250, "queued"))

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        return


async def test_an_answer_that_comes_at_once_is_heard() -> None:
    async with asyncio.timeout(30):
        assert await _content(cast("Any", Hasty()), b"hello\r\n.\r\n", 2.0) == "queued"
