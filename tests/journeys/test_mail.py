"""Mail through the real program: killed, cut off, restarted; every mail is on record once and answered once."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.mailing import PROGRAM, PostOffice, post_office, read_lite
from tests.peers.dovecot import DovecotServer
from tests.peers.gateway import Gateway
from tests.peers.smtp import DROP, TAKE_AND_DROP, TAKE_AND_HANG


@pytest.fixture
def office(tmp_path: Path, dovecot: DovecotServer) -> Iterator[PostOffice]:
    with post_office(tmp_path, dovecot) as office:
        yield office


class Trouble:
    """What befalls a gateway of one process."""

    def __init__(self, office: PostOffice, gateway: Gateway) -> None:
        self._office = office
        self._gateway = gateway

    async def death(self) -> None:
        """`kill -9`, at whatever it is doing."""
        self._gateway.kill()
        await asyncio.to_thread(self._gateway.start)

    async def death_at_taking(self) -> None:
        """It dies when the server has a mail of ours, and has not yet said so."""
        taken = asyncio.Event()
        loop = asyncio.get_running_loop()

        def kill() -> None:
            self._gateway.kill()
            loop.call_soon_threadsafe(taken.set)

        self._office.at_taking.append(kill)
        async with asyncio.timeout(30):
            await taken.wait()
        await asyncio.to_thread(self._gateway.start)

    async def no_mailbox(self) -> None:
        """Dovecot is restarted."""
        await asyncio.to_thread(self._office.dovecot.stop)
        await asyncio.to_thread(self._office.dovecot.start)

    async def cut(self) -> None:
        """Connections to the mailbox break in the middle of whatever they do."""
        await asyncio.to_thread(self._office.dovecot.cut)

    async def odd_server(self) -> None:
        """Not now; taken without a word; taken, and hung up; hung up."""
        self._office.smtp.expect("RCPT", "450 4.2.0 Greylisted, please try again in 5 minutes", times=2)
        for fault in (TAKE_AND_HANG, TAKE_AND_DROP, DROP, "451 4.3.0 Try again later"):
            self._office.smtp.expect(".", fault)


@pytest.mark.timeout(120)
async def test_a_killed_process_loses_no_mail_and_answers_none_twice(tmp_path: Path, office: PostOffice) -> None:
    gateway = Gateway(tmp_path, more=office.channel, program=PROGRAM)
    trouble, rows = Trouble(office, gateway), read_lite(gateway)
    harms = [trouble.death, trouble.odd_server, trouble.death_at_taking, trouble.no_mailbox, trouble.death, trouble.cut]
    try:
        await asyncio.to_thread(gateway.start)
        assert await office.correspond_through(harms, customers=6, seed=1) > 10
        await office.all_settled(rows)
    finally:
        await asyncio.to_thread(gateway.stop)
    office.check(rows)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_through_a_long_storm_no_mail_is_lost_and_none_is_answered_twice(tmp_path: Path, office: PostOffice) -> None:
    gateway = Gateway(tmp_path, more=office.channel, program=PROGRAM)
    trouble, rows, dice = Trouble(office, gateway), read_lite(gateway), random.Random(7)
    kinds = [trouble.death, trouble.death, trouble.odd_server, trouble.death_at_taking, trouble.no_mailbox, trouble.cut]
    try:
        await asyncio.to_thread(gateway.start)
        assert await office.correspond_through([dice.choice(kinds) for _ in range(60)], customers=20, seed=2) > 200
        await office.all_settled(rows)
    finally:
        await asyncio.to_thread(gateway.stop)
    office.check(rows)
