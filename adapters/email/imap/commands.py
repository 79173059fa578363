"""Commands over one wire, one at a time, each with a deadline: an answer, or an `ImapTrouble`."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from aioimaplib.aioimaplib import AioImapException, Command, Response

from adapters.email.imap.errors import ImapTrouble, words
from adapters.email.imap.grammar import literal_size
from adapters.email.imap.wire import LOST, SMALL_BYTES, Exchange, Wire


class Commands:
    """Callers wait for one another. Whatever raises, a cancellation too, leaves a wire that is no good any more."""

    def __init__(self, wire: Wire, *, timeout_s: float) -> None:
        self.wire = wire
        self.timeout_s = timeout_s
        self._turn = asyncio.Lock()

    async def run(
        self, name: str, *args: str, prefix: str | None = None, quiet_s: float = 0.0, total_s: float = 0.0, budget_bytes: int = SMALL_BYTES
    ) -> Response:
        """The answer, whatever it says. `quiet_s`: how long the server may be silent; `total_s`: how long all may take."""
        return await self._run(Command(name, self.wire.new_tag(), *args, prefix=prefix), quiet_s, total_s, budget_bytes)

    async def good(self, name: str, *args: str, prefix: str | None = None) -> Response:
        """The same where nothing but OK will do. Raises `refused` otherwise."""
        return good(await self.run(name, *args, prefix=prefix))

    async def exchange(self, name: str, *args: str, answer: Callable[[bytes], bytes]) -> Response:
        """A command with challenges."""
        return await self._run(Exchange(name, self.wire.new_tag(), *args, answer=answer), 0.0, 0.0, SMALL_BYTES)

    async def idle(self, at_most_s: float) -> None:
        """IDLE, until the server stirs or the time is over. Raises `no_idle` where it is refused."""
        wire = self.wire
        async with self._turn:
            asking = asyncio.create_task(self._answer(Command("IDLE", wire.new_tag()), self.timeout_s, self.timeout_s))

            def refused(_: object) -> None:
                wire.stirred.set()

            asking.add_done_callback(refused)
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(at_most_s):
                        await wire.stirred.wait()
                if not asking.done():
                    asking.remove_done_callback(refused)
                    wire.arm(self.timeout_s, self.timeout_s)
                    wire.idle_done()
                response = await asking
            except BaseException:
                wire.fail("lost")
                with suppress(ImapTrouble, asyncio.CancelledError):
                    await asking
                raise
        if response.result != "OK":
            raise ImapTrouble("no_idle", said(response))

    async def log_out(self) -> None:
        """Say good-bye, if nobody is waiting for an answer and the server listens. Never raises."""
        if not self.wire.failure and not self._turn.locked():
            with suppress(ImapTrouble):
                await self.run("LOGOUT", quiet_s=2.0, total_s=2.0)
        self.wire.fail("lost")

    async def _run(self, command: Command, quiet_s: float, total_s: float, budget_bytes: int) -> Response:
        quiet_s = quiet_s or self.timeout_s
        async with self._turn:
            try:
                self.wire.budget_bytes = budget_bytes
                return await self._answer(command, quiet_s, total_s or max(quiet_s, 4 * self.timeout_s))
            except BaseException:
                self.wire.fail("lost")
                raise

    async def _answer(self, command: Command, quiet_s: float, total_s: float) -> Response:
        wire = self.wire
        if wire.failure:
            raise wire.trouble()
        wire.arm(quiet_s, total_s)
        try:
            response = await wire.execute(command)
        except AioImapException:  # its words may quote the command, and with it a password
            raise ImapTrouble("odd_server") from None
        if response.result == LOST:
            raise wire.trouble()
        wire.disarm()
        return response


def good(response: Response) -> Response:
    """An answer that says OK. Raises `refused`."""
    if response.result != "OK":
        raise ImapTrouble("refused", said(response))
    return response


def said(response: Response) -> str:
    """The words of its last line."""
    return words(response.lines[-1])


def answers(response: Response, kind: bytes) -> list[list[bytes]]:
    """The untagged answers of a kind (`12 FETCH (...`, `LIST (...`), each as its lines with their literals between.

    Takes them out of the response: large ones should not lie in memory twice.
    """
    found: list[list[bytes]] = []
    is_literal = is_continued = False
    for chunk in response.lines[:-1]:
        if is_literal or is_continued:
            found[-1].append(chunk)
        else:
            found.append([chunk])
        is_literal, is_continued = not is_literal and literal_size(chunk) is not None, is_literal
    del response.lines[:-1]
    return [chunks for chunks in found if kind in chunks[0][:30].upper()]
