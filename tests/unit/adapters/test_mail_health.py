"""Whichever process reads the mailboxes, all know how it goes."""

from datetime import timedelta

from adapters.email.health import Health
from adapters.email.imap.listener import Status
from tests.fakes import FrozenClock
from tests.unit.adapters.kf_means import MemoryNotebook
from tests.unit.adapters.mail_means import AT


class Reader:
    """Whoever reads."""

    def __init__(self, status: Status) -> None:
        self.now = status

    def status(self) -> Status:
        return self.now


def health(reader: Reader, notebook: MemoryNotebook, clock: FrozenClock) -> Health:
    return Health("mail", reader, notebook, counts={"taken": 7}, alarm_s=900, now=clock.now)


async def test_who_reads_tells_and_everybody_knows() -> None:
    notebook, clock = MemoryNotebook(), FrozenClock(AT)
    idle, reader = Reader(Status()), Reader(Status(is_reading=True, success_at=AT, behind_count=3, left_out_count=1))
    await health(idle, notebook, clock).write()
    assert await health(idle, notebook, clock).pulse() is None
    await health(reader, notebook, clock).write()
    pulse = await health(idle, notebook, clock).pulse()
    assert pulse is not None
    assert (pulse.success_at, pulse.behind_count, pulse.is_alarm) == (AT, 3, False)
    assert pulse.counts == {"taken": 7, "left_out": 1, "rescans": 0}


async def test_silence_is_an_alarm_also_where_nobody_reads_any_more() -> None:
    notebook, clock = MemoryNotebook(), FrozenClock(AT)
    reader = Reader(Status(is_reading=True, success_at=AT - timedelta(minutes=10), trouble="unreachable"))
    await health(reader, notebook, clock).write()
    clock.advance(301)
    pulse = await health(Reader(Status()), notebook, clock).pulse()
    assert pulse is not None
    assert (pulse.is_alarm, pulse.trouble) == (True, "unreachable")


async def test_a_page_that_cannot_be_read_tells_nothing() -> None:
    notebook = MemoryNotebook()
    notebook.pages["email/mail/health"] = "{"
    assert await health(Reader(Status()), notebook, FrozenClock(AT)).pulse() is None
