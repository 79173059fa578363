"""Mail through the real program: killed, cut off, restarted; every mail is on record once and answered once."""

import asyncio
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.journeys.floor import PASSWORD, add_agent
from tests.journeys.mailing import PROGRAM, SUPPORT, PostOffice, Rows, post_office, read_lite, read_postgres, until
from tests.peers.dovecot import DovecotServer
from tests.peers.gateway import ENTRY_COUNT, Gateway
from tests.peers.postgres import PostgresServer
from tests.peers.redis import RedisServer
from tests.peers.smtp import DROP, TAKE_AND_DROP, TAKE_AND_HANG
from tests.peers.two_doors import desk_at

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)
LOCKED = """
[channels.locked]
type = "email"
address = "locked@example.com"
imap = {{host = "127.0.0.1", port = {imap}, security = "none", user = "locked@example.com", password = "wrong"}}
smtp = {{host = "127.0.0.1", port = 9, security = "none"}}
"""
"""A mailbox that nobody can open, beside the one that works."""


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

    async def stop_at_taking(self) -> None:
        """It is told to stop while the server is slow to say that it has a mail of ours: it hears that, and ends."""
        sent, loop = asyncio.Event(), asyncio.get_running_loop()

        def dawdle() -> None:
            loop.call_soon_threadsafe(sent.set)
            time.sleep(1.0)

        self._office.at_taking.append(dawdle)
        async with asyncio.timeout(30):
            await sent.wait()
        assert await asyncio.to_thread(self._gateway.end) == 0
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
    gateway = Gateway(tmp_path, more=office.channel + LOCKED.format(imap=office.dovecot.port), program=PROGRAM)
    trouble, rows = Trouble(office, gateway), read_lite(gateway)
    harms = [trouble.death, trouble.odd_server, trouble.death_at_taking, trouble.no_mailbox, trouble.stop_at_taking, trouble.cut]
    try:
        await asyncio.to_thread(gateway.start)
        assert await office.correspond_through(harms, customers=6, seed=1) > 10
        await office.all_settled(rows)
    finally:
        await asyncio.to_thread(gateway.stop)
    office.check(rows)
    complaints = [line for line in gateway.log().splitlines() if "channel=locked" in line]
    assert 1 <= len(complaints) <= 4, "once for each start"
    assert all("why=login_refused" in line for line in complaints)


WORK = "turns,delivery,listen,timers"


class Workers:
    """Two processes that may read the mailbox, and one that serves people."""

    def __init__(self, gateway: Gateway, redis: RedisServer) -> None:
        self.gateway = gateway
        self._redis = redis

    async def start(self) -> None:
        starts = [asyncio.to_thread(self.gateway.start, name, roles) for name, roles in (("web", "web"), ("one", WORK), ("two", WORK))]
        await asyncio.gather(*starts)

    async def one_dies(self) -> None:
        """The other one goes on with the mailbox, if it was not its own already."""
        self.gateway.kill("one")
        await asyncio.sleep(4)  # longer than the lease

    async def two_dies(self) -> None:
        """After the first has come back."""
        await asyncio.to_thread(self.gateway.start, "one", WORK)
        self.gateway.kill("two")
        await asyncio.sleep(4)

    async def no_bus(self) -> None:
        await asyncio.to_thread(self._redis.restart)


@pytest.mark.timeout(120)
async def test_two_workers_on_one_mailbox_take_over_from_each_other_and_the_web_process_opens_the_mails(
    tmp_path: Path, office: PostOffice, redis_server: RedisServer, redis_url: str, postgres_server: PostgresServer, postgres_url: str
) -> None:  # fmt: skip
    gateway = Gateway(tmp_path, store_url=postgres_url, bus_url=redis_url, more=office.channel, program=PROGRAM)
    workers, rows = Workers(gateway, redis_server), read_postgres(postgres_server, postgres_url)
    await asyncio.to_thread(add_agent, gateway, "mei", "坐席 07", "--role", "supervisor")
    try:
        await workers.start()
        harms = [workers.one_dies, workers.no_bus, workers.two_dies]
        assert await office.correspond_through(harms, customers=4, seed=3) > 8
        await office.all_settled(rows)
        office.check(rows)
        await opens_what_lies_in_a_mail(office, gateway, rows)
    finally:
        await asyncio.to_thread(gateway.stop)


async def opens_what_lies_in_a_mail(office: PostOffice, gateway: Gateway, rows: Rows) -> None:
    """A mail that a worker has taken, read by an agent through another process."""
    mail = EmailMessage()
    mail["Subject"], mail["Message-ID"] = "Broken", "<broken@example.net>"
    mail.set_content("Look at it.")
    mail.add_attachment(PNG, maintype="image", subtype="png", filename="it.png")
    await office.send("last@example.net", mail)
    session = "SELECT id FROM session WHERE address LIKE '%last@example.net%'"
    await until(lambda: rows(session), "the mail being taken")
    async with desk_at(gateway, "mei", PASSWORD) as desk:
        path = f"sessions/{rows(session)[0]}/letters/1"
        letter = (await desk.get(path))["letter"]
        assert letter["text"] == "Look at it."
        (picture,) = letter["enclosed"]
        assert await desk.read(f"{path}/enclosed/{picture['place']}") == PNG


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


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_a_long_backlog_is_drained_by_a_process_that_is_killed_again_and_again(tmp_path: Path, office: PostOffice) -> None:
    office.find({f"b{number}@example.net": number % ENTRY_COUNT for number in range(5_000)})
    gateway = Gateway(tmp_path, more=office.channel, program=PROGRAM)
    dice, rows = random.Random(5), read_lite(gateway)
    try:
        await asyncio.to_thread(gateway.start)
        while int(rows("SELECT COUNT(*) FROM session")[0]) < 5_000:
            await asyncio.sleep(dice.uniform(0.5, 4))
            gateway.kill()
            await asyncio.to_thread(gateway.start)
        await office.all_settled(rows, patience_s=300)
    finally:
        await asyncio.to_thread(gateway.stop)
    office.check(rows)


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_the_first_start_on_a_mailbox_with_50_000_old_mails_leaves_them_alone(tmp_path: Path, office: PostOffice) -> None:
    office.find({f"b{number}@example.net": 1 for number in range(50_000)}, at=datetime.now(UTC) - timedelta(days=10))
    office.asked.clear()
    gateway = Gateway(tmp_path, more=office.channel, program=PROGRAM)
    try:
        await asyncio.to_thread(gateway.start)
        before = memory_mb(gateway)
        await office.answer_to(await office.write("new@example.net", 5))
        assert memory_mb(gateway) - before < 20
    finally:
        await asyncio.to_thread(gateway.stop)
    office.check(read_lite(gateway))
    assert set(office.dovecot.flags(SUPPORT)) == {""}


def memory_mb(gateway: Gateway) -> int:
    status = Path(f"/proc/{gateway.pid()}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024
