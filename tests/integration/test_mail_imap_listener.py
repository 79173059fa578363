"""The listener over a real Dovecot that is killed, kicked, restarted and made anew: nothing is lost, nothing is taken twice."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from adapters.email.words import Fetched
from gateway.core.errors import Busy
from tests.integration.mailboxes import USER, Clerk, House, mail, plain, server_of, settings_of, until
from tests.peers.dovecot import DovecotServer

DAY = timedelta(days=1)


async def test_the_first_start_takes_a_day_and_leaves_the_rest_and_all_marks_alone(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER)
    now = datetime.now(UTC)
    dovecot.put(USER, [mail(1)], at=now - 10 * DAY)
    dovecot.put(USER, [mail(2)], at=now - 1.1 * DAY)  # SEARCH alone, which knows days only, would give it too
    dovecot.put(USER, [mail(3), mail(4)], at=now - 0.5 * DAY)
    house, clerk = House(), Clerk()
    async with house.listening(settings_of(plain(dovecot)), clerk) as listener:
        await until(lambda: listener.status().success_at is not None, "the first look")
        assert [(one.uid, one.raw, one.size_bytes) for one in clerk.taken] == [(3, mail(3), 61), (4, mail(4), 61)]
        assert clerk.taken[0].at == (now - 0.5 * DAY).replace(microsecond=0)
        dovecot.put(USER, [mail(5)], at=now - 20 * DAY)  # moved here by a person: new to this mailbox, however old
        await until(lambda: len(clerk.taken) == 3, "the mail that was moved here")
    assert clerk.uids == [3, 4, 5]
    assert dovecot.flags(USER) == [""] * 5


async def test_with_no_days_only_what_comes_is_taken_and_what_comes_while_nobody_listens_too(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER)
    dovecot.put(USER, [mail(1)])
    house, clerk, settings = House(), Clerk(), settings_of(plain(dovecot), first_days=0, mark_seen=True)
    async with house.listening(settings, clerk) as listener:
        await until(lambda: listener.status().success_at is not None, "the first look")
    assert clerk.taken == []
    dovecot.put(USER, [mail(2)], at=datetime.now(UTC) - 3 * DAY)
    async with house.listening(settings, clerk):
        await until(lambda: dovecot.flags(USER) == ["", "S"], "the mark of what was taken")
    assert clerk.uids == [2]


async def test_a_backlog_of_5000_drains_without_loss_or_repeat_while_connections_are_killed(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER)
    dovecot.put(USER, (mail(number) for number in range(5000)))
    house, clerk = House(), Clerk()
    kicked = [0]

    async def kick_now_and_then() -> None:
        if len(clerk.taken) // 600 > kicked[0]:
            kicked[0] += 1
            match kicked[0]:
                case 2:
                    await asyncio.to_thread(dovecot.kick, USER)
                case 5:
                    dovecot.kill()
                    await asyncio.to_thread(dovecot.start)
                case _:
                    dovecot.cut()

    clerk.after = kick_now_and_then
    async with house.listening(settings_of(plain(dovecot)), clerk) as listener:
        await until(lambda: listener.status().taken_count == 5000 and listener.status().behind_count == 0, "the whole backlog", 60)
        assert not listener.status().left_out_count
    assert kicked == [8]
    assert [one.raw for one in clerk.taken] == [mail(number) for number in range(5000)]


async def test_mail_is_told_at_once_after_a_kick_and_after_a_restart_too(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER)
    house, clerk = House(), Clerk()
    async with house.listening(settings_of(plain(dovecot), poll_s=3600.0), clerk) as listener:
        await until(lambda: listener.status().success_at is not None, "the first look")
        await asyncio.to_thread(dovecot.deliver, mail(1), USER)
        await until(lambda: len(clerk.taken) == 1, "the push")
        await asyncio.to_thread(dovecot.kick, USER)
        await asyncio.to_thread(dovecot.deliver, mail(2), USER)
        await until(lambda: len(clerk.taken) == 2, "the mail behind the kick")
        await asyncio.to_thread(dovecot.stop)
        await until(lambda: listener.status().trouble == "unreachable", "the trouble")
        dovecot.put(USER, [mail(3)])
        dovecot.start()
        await until(lambda: len(clerk.taken) == 3, "the mail behind the restart")
        await until(lambda: listener.status().trouble == "", "the trouble's end")
    assert [nap for nap in clerk.naps if nap in (1.0, 2.0, 5.0)][:3] == [1.0, 1.0, 2.0]


async def test_a_mailbox_that_was_made_anew_is_read_again_by_date(dovecot: DovecotServer, caplog: pytest.LogCaptureFixture) -> None:
    dovecot.add_user(USER)
    now = datetime.now(UTC)
    dovecot.put(USER, [mail(1)], at=now - 10 * DAY)
    dovecot.put(USER, [mail(2), mail(3)], at=now - 0.5 * DAY)
    house, clerk, settings = House(), Clerk(), settings_of(plain(dovecot))
    async with house.listening(settings, clerk):
        await until(lambda: len(clerk.taken) == 2, "the first two")
    dovecot.change_uidvalidity(USER)
    dovecot.put(USER, [mail(4)], at=now)
    async with house.listening(settings, clerk) as listener:
        await until(lambda: len(clerk.taken) == 5, "the rescan")
        assert listener.status().rescan_count == 1
        dovecot.put(USER, [mail(5)])
        await until(lambda: len(clerk.taken) == 6, "what came then")
    assert [one.raw for one in clerk.taken[2:]] == [mail(2), mail(3), mail(4), mail(5)]  # not the one of ten days ago
    assert "a mailbox was made anew" in caplog.text


async def test_of_two_listeners_one_reads_and_the_other_goes_on_where_it_ends(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER)
    dovecot.put(USER, (mail(number) for number in range(300)))
    house, first, second, settings = House(), Clerk(), Clerk(), settings_of(plain(dovecot))
    async with house.listening(settings, second) as heir:
        await until(lambda: len(second.taken) == 300, "the backlog")
        async with house.listening(settings, first) as waiting:
            await until(lambda: len(first.naps) > 3, "a few tries to get the lease")
            assert (heir.status().is_reading, waiting.status().is_reading) == (True, False)
    dovecot.put(USER, [mail(300)])
    async with house.listening(settings, first):
        await until(lambda: len(first.taken) == 1, "the mail that came between")
    assert [one.raw for one in second.taken + first.taken] == [mail(number) for number in range(301)]


async def test_a_listener_that_was_overtaken_while_it_stood_still_moves_no_place(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER)
    dovecot.put(USER, [mail(1)])
    house, slow, quick, settings = House(), Clerk(), Clerk(), settings_of(plain(dovecot))
    gate, entered = asyncio.Event(), asyncio.Event()

    async def stand_still() -> None:
        entered.set()
        await gate.wait()

    slow.after = stand_still
    async with house.listening(settings, slow):
        await asyncio.wait_for(entered.wait(), 30)
        house.held.clear()  # its lease has run out, and it does not know yet
        async with house.listening(settings, quick):
            await until(lambda: len(quick.taken) == 1, "the other one's work")
            dovecot.put(USER, [mail(2)])
            await until(lambda: len(quick.taken) == 2, "the other one's next")
            before = dict(house.notebook.pages)
            gate.set()
            await until(lambda: 2.0 in slow.naps, "its end")
            assert house.notebook.pages == before
    assert [one.raw for one in quick.taken] == [mail(1), mail(2)]  # the first one twice: its key tells


async def test_what_nobody_can_take_now_is_offered_again_and_what_nobody_can_take_at_all_is_left_out(
    dovecot: DovecotServer, caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.add_user(USER)
    dovecot.put(USER, [mail(1), mail(2), mail(3)])
    house, clerk = House(), Clerk()
    busy = [Busy("the store", 0.01)] * 3
    offered: list[int] = []

    def trouble(mails: Sequence[Fetched]) -> Exception | None:
        offered.append(len(mails))
        if busy:
            return busy.pop()
        return ValueError("poison") if any(one.uid == 2 for one in mails) else None

    clerk.trouble = trouble
    async with house.listening(settings_of(plain(dovecot)), clerk) as listener:
        await until(lambda: listener.status().left_out_count == 1, "the one that is left out")
        assert listener.status().trouble == ""
    assert clerk.uids == [1, 3]
    assert offered == [3, 3, 3, 3, 1, 1, 1, 1, 1]
    assert [record.uid for record in caplog.records if record.levelno == logging.ERROR and hasattr(record, "uid")] == [2]


async def test_a_mail_alone_that_nobody_can_take_waits_until_another_one_tells_whose_fault_it_is(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER)
    dovecot.put(USER, [mail(1)])
    house, clerk = House(), Clerk()
    clerk.trouble = lambda mails: ValueError("poison") if any(one.uid == 1 for one in mails) else None
    async with house.listening(settings_of(plain(dovecot)), clerk) as listener:
        await until(lambda: listener.status().trouble == "untaken" and 60.0 in clerk.naps, "some tries")
        assert listener.status().left_out_count == 0
        dovecot.put(USER, [mail(2)])
        await until(lambda: listener.status().left_out_count == 1, "the one that is left out")
    assert clerk.uids == [2]


async def test_a_wrong_password_is_tried_seldom_and_the_alarm_is_said_once(
    dovecot: DovecotServer, caplog: pytest.LogCaptureFixture
) -> None:
    late = structs.replace(plain(dovecot), user="late@example.com", password="no-such-password")  # nobody, as yet
    house, clerk = House(), Clerk()
    skipped = [timedelta()]
    house.now = lambda: datetime.now(UTC) + skipped[0]
    async with house.listening(settings_of(late), clerk) as listener:
        await until(lambda: len([nap for nap in clerk.naps if nap >= 30]) >= 2, "two refusals")
        status = listener.status()
        assert (status.trouble, status.is_alarm, status.success_at) == ("login_refused", False, None)
        assert [nap for nap in clerk.naps if nap >= 30][:2] == [30.0, 120.0]
        skipped[0] = timedelta(seconds=901)
        await until(lambda: "no mail could be read for too long" in caplog.text, "the alarm")
        assert listener.status().is_alarm
        dovecot.add_user("late@example.com", "no-such-password")
        await until(lambda: "mails can be read again" in caplog.text, "its end")
    assert caplog.text.count("no mail could be read for too long") == 1
    assert "no-such-password" not in caplog.text


async def test_several_mailboxes_are_read_and_one_that_is_missing_holds_up_none(dovecot: DovecotServer) -> None:
    names = ("INBOX", "售后", "missing", "Sales")
    dovecot.add_user(USER, mailboxes=["售后", "Sales"])
    for name in ("INBOX", "售后", "Sales"):
        dovecot.put(USER, [mail(1)], mailbox=name)
    house, clerk = House(), Clerk()
    async with house.listening(settings_of(server_of(dovecot.port, mailboxes=names)), clerk) as listener:
        await until(lambda: len(clerk.taken) == 3, "one of each")
        await until(lambda: listener.status().trouble == "no_mailbox", "the trouble")
        assert listener.status().detail == "INBOX, Sales, 售后"
        dovecot.put(USER, [mail(2)], mailbox="Sales")
        await until(lambda: len(clerk.taken) == 4, "the poll of the last one")
    assert sorted(one.mailbox for one in clerk.taken) == ["INBOX", "Sales", "Sales", "售后"]


async def test_a_mail_that_is_too_large_comes_by_its_head_between_the_others(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER)
    dovecot.put(USER, [mail(1), mail(2, 300_000), mail(3)])
    house, clerk = House(), Clerk()
    async with house.listening(settings_of(plain(dovecot), message_max_bytes=200_000), clerk):
        await until(lambda: len(clerk.taken) == 3, "all three")
    assert [(one.uid, len(one.raw), one.size_bytes) for one in clerk.taken] == [(1, 61, 61), (2, 65_536, 300_061), (3, 61, 61)]


async def test_a_copy_of_what_was_sent_is_laid_down_while_others_read_and_never_hurts(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER, mailboxes=["已发送"])
    listener = House().listener(settings_of(plain(dovecot)), Clerk())
    assert await listener.append("已发送", mail(1))
    assert dovecot.mails(USER, "已发送") == [mail(1).replace(b"\r\n", b"\n")]
    assert not await listener.append("nowhere", mail(1))
    assert not await House().listener(settings_of(server_of(1)), Clerk()).append("已发送", mail(1))
