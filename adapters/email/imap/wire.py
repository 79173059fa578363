"""aioimaplib's protocol without its traps.

What is its own stays: commands, tags, states. What is ours: answers are read in a loop and not by a recursion that gives up without a word
after some 980 lines; the line behind a literal belongs to it by the grammar and not by counted brackets; whatever waits ends when the line
breaks, when the server says BYE, or when nothing is heard for too long; memory is bounded; nothing of what travels is logged.
"""

import asyncio
from collections.abc import Callable

from aioimaplib.aioimaplib import CONNECTED, Command, IMAP4ClientProtocol

from adapters.email.imap.errors import ImapTrouble, words
from adapters.email.imap.grammar import literal_size

LOST = "LOST"
"""The result of a command whose answer will never come."""
SMALL_BYTES = 8 * 1024 * 1024
"""An answer without mails: room for the UIDs of a million."""
_CRLF = b"\r\n"


class Exchange(Command):  # type: ignore[misc]
    """A command during which the server asks for more (AUTHENTICATE): `answer` gives what to say to each challenge."""

    def __init__(self, name: str, tag: str, *args: str, answer: Callable[[bytes], bytes]) -> None:
        super().__init__(name, tag, *args)
        self.answer = answer


class Wire(IMAP4ClientProtocol):  # type: ignore[misc]
    """One connection. Its owner sends one command at a time."""

    def __init__(self, *, literal_max_bytes: int) -> None:
        """`literal_max_bytes`: of a longer literal the rest is read and forgotten."""
        super().__init__(asyncio.get_running_loop())
        self.pending_sync_command: Command | None = None
        self.greeting: asyncio.Future[bytes] = self.loop.create_future()
        self.stirred = asyncio.Event()
        """The server has told of a new mail, or the line is gone."""
        self.failure = ""
        """Why the line is no good any more: a code of ImapTrouble."""
        self.farewell = ""
        self.budget_bytes = SMALL_BYTES
        """What the answer to the next command may come to."""
        self._literal_max_bytes = literal_max_bytes
        self._buffer = bytearray()
        self._scanned = 0
        self._current: Command | None = None
        self._literal: list[bytes] | None = None
        self._room = 0
        self._left = 0
        self._is_continued = False
        self._is_sealed = False
        self._kept_bytes = 0
        self._heard_s = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    # ---- deadlines and ends ----------------------------------------------------------------------------------------------------

    def arm(self, quiet_s: float, total_s: float) -> None:
        """From now on: if nothing is heard for `quiet_s`, or all takes longer than `total_s`, the line is given up."""
        self.disarm()
        begun_s = self._heard_s = self.loop.time()

        def look() -> None:
            left_s = min(self._heard_s + quiet_s, begun_s + total_s) - self.loop.time()
            if left_s > 0:
                self._alarm = self.loop.call_later(left_s, look)
            else:
                self.fail("silent")

        self._alarm = self.loop.call_later(min(quiet_s, total_s), look)

    def disarm(self) -> None:
        """No deadline until the next one."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def fail(self, code: str) -> None:
        """Give the line up; whoever waits for an answer hears of it now."""
        self.failure = self.failure or code
        self.disarm()
        if self.transport is not None:
            self.transport.abort()
        if not self.greeting.done():
            self.greeting.set_exception(self.trouble())
            self.greeting.exception()  # nobody may be waiting for it
        for command in (self.pending_sync_command, *self.pending_async_commands.values()):
            if command is not None:
                command.close(b"", LOST)
        self.pending_sync_command = None
        self.pending_async_commands.clear()
        self.stirred.set()

    def trouble(self) -> ImapTrouble:
        """What to raise about it."""
        return ImapTrouble(self.failure or "lost", self.farewell)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own signature
        self.fail("lost")

    # ---- reading ---------------------------------------------------------------------------------------------------------------

    def data_received(self, d: bytes) -> None:
        if self.failure:
            return
        self._heard_s = self.loop.time()
        self._buffer += d
        try:
            self._read()
        except Exception:  # whatever breaks over what a server sends (an unknown tag, odd bytes): its answers make no sense
            self.fail("odd_server")

    def has_unread(self) -> bool:
        """Something has come behind the answer to STARTTLS, with which the other side should have fallen silent: somebody else says it."""
        return bool(self._buffer)

    def go_on(self, transport: asyncio.Transport) -> None:
        """Encrypted from now on."""
        self.transport = transport
        self._is_sealed = False

    def _read(self) -> None:
        buffer, at = self._buffer, 0
        while at < len(buffer) and not self.failure and not self._is_sealed:
            if self._literal is not None:
                at = self._read_literal(at)
                continue
            end = buffer.find(_CRLF, max(at, self._scanned))
            if end < 0:
                self._scanned = max(at, len(buffer) - 1)
                if len(buffer) - at > SMALL_BYTES:
                    self.fail("too_much")
                break
            line, at = bytes(buffer[at:end]), end + 2
            self._scanned = at
            self._read_line(line)
        del buffer[:at]
        self._scanned = max(0, self._scanned - at)

    def _read_literal(self, at: int) -> int:
        """As much of it as has come; where it ends in the buffer."""
        assert self._literal is not None
        end = at + min(self._left, len(self._buffer) - at)
        if self._current is not None and self._room > 0:
            piece = bytes(self._buffer[at : min(end, at + self._room)])
            self._literal.append(piece)
            self._room -= len(piece)
            self._spend(len(piece))
        self._left -= end - at
        if not self._left:
            self._end_literal(self._literal)
        return end

    def _end_literal(self, pieces: list[bytes]) -> None:
        self._literal = None
        self._keep(b"".join(pieces))

    def _read_line(self, line: bytes) -> None:
        if self._is_continued:
            self._spend(len(line))
            self._keep(line)
        else:
            self._current = self._begin(line)
        size = literal_size(line)
        self._is_continued = size is not None
        if size is not None:
            self._literal, self._left, self._room = [], size, self._literal_max_bytes
            if not size:
                self._end_literal(self._literal)

    def _begin(self, line: bytes) -> Command | None:
        """A new answer; the command that it belongs to, if it is not over with this line."""
        if self.state == CONNECTED:
            if not self.greeting.done():
                self.greeting.set_result(line)
            return None
        if line.startswith(b"* "):
            return self._untagged_response(line)
        if line.startswith(b"+"):
            self._continuation(line)
        elif line:
            command = self._pending()
            self._is_sealed = command is not None and command.name == "STARTTLS"
            self._response_done(line)
        return None

    def _untagged_response(self, line: bytes) -> Command | None:
        """aioimaplib's own takes "* " out of the middle of lines too."""
        text = line[2:]
        if text[:3].upper() == b"BYE":
            self._part(text)
        elif text[-7:].upper() == b" EXISTS":
            self.stirred.set()
        command = self._pending()
        if command is not None and command.name != "IDLE":
            self._spend(len(text))
            command.append_to_resp(text)
            return command
        return None

    def _continuation(self, line: bytes) -> None:
        command = self.pending_sync_command
        if isinstance(command, Exchange):
            self.transport.write(command.answer(line[1:].strip()) + _CRLF)
        elif command is not None and command.name == "IDLE":
            self.disarm()  # from now on it may be silent
        elif command is not None and command.name == "APPEND":
            super()._continuation(line)

    def _part(self, text: bytes) -> None:
        command = self._pending()
        if command is None or command.name != "LOGOUT":
            self.farewell = words(text[3:])
            self.fail("bye")

    def _pending(self) -> Command | None:
        return self.pending_sync_command or next(iter(self.pending_async_commands.values()), None)

    def _keep(self, chunk: bytes) -> None:
        if self._current is not None and not self.failure:
            self._current.append_to_resp(chunk)

    def _spend(self, size: int) -> None:
        self._kept_bytes += size
        if self._kept_bytes > self.budget_bytes:
            self.fail("too_much")

    # ---- writing ---------------------------------------------------------------------------------------------------------------

    def send(self, line: str, scrub: str | None = None) -> None:  # noqa: ARG002 - aioimaplib's own signature
        """aioimaplib's own logs it."""
        self._kept_bytes = 0
        self.transport.write(line.encode() + _CRLF)
