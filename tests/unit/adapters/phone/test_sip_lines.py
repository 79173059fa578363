"""What the SIP worker says aloud, as it gets into a log: whatever strangers send."""

import asyncio

from adapters.phone.sip.lines import LINES_MAX_COUNT, Lines, discreet
from adapters.phone.sip.station import _next_line


def test_the_library_s_own_lines_name_nobody_and_carry_nothing_that_a_terminal_obeys() -> None:
    scan = "unhandled request from 192.0.2.7:53: MESSAGE sip:+8613800138000@example.net"
    assert discreet(scan) == "unhandled request from 192.0.2.7:53: MESSAGE [hidden]"
    assert discreet("a\x1b[31m\u202eb\r\nc") == "a [31m b c"
    assert len(discreet("x" * 100_000)) == 300


def test_a_flood_of_lines_is_a_few_and_their_number() -> None:
    now_s = 0.0
    lines = Lines(lambda: now_s)
    said = [lines.fit("scan") for _ in range(10_000)]
    assert (len([line for line in said if line]), said[LINES_MAX_COUNT - 1], said[-1]) == (20, "scan", "")
    now_s = 60.0
    assert lines.fit("again") == "again (and 9980 lines that were left out)"
    assert lines.fit("again") == "again"


async def test_an_endless_line_does_not_stop_the_reading() -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(b"x" * 300_000)
    reading = asyncio.ensure_future(_next_line(reader))
    await asyncio.sleep(0)
    reader.feed_data(b"the end of it\nnext\n")
    reader.feed_eof()
    assert (await reading, await _next_line(reader), await _next_line(reader)) == (b"the end of it\n", b"next\n", b"")
