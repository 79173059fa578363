"""The listener and servers that keep mails back, lose them in between, or break over one of them."""

import asyncio
import base64
import logging
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.mailboxes import Clerk, House, mail, oauth_of, server_of, settings_of, until
from tests.peers.imap_script import ScriptedImap, Talk


async def test_a_mail_that_breaks_the_connection_is_found_and_comes_by_its_head_and_holds_up_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house, clerk = House(), Clerk()
    async with ScriptedImap() as server:
        server.mails = {uid: mail(uid) for uid in range(1, 81)}
        server.mails[33] = mail(33, 100_000)
        well_behaved = server.on["FETCH"]

        async def fetch(talk: Talk, tag: str, rest: str) -> None:
            if "BODY.PEEK[])" in rest and 33 in server.chosen(rest):
                talk.drop()
            else:
                await well_behaved(talk, tag, rest)

        server.on["FETCH"] = fetch
        async with house.listening(settings_of(server_of(server.port), first_days=90), clerk) as listener:
            await until(lambda: len(clerk.taken) == 80, "all of them")
            assert listener.status().left_out_count == 0
    assert clerk.uids == list(range(1, 81))
    assert (len(clerk.taken[32].raw), clerk.taken[32].size_bytes) == (65_536, 25 * 1024 * 1024 + 1)
    assert [record.tries for record in caplog.records if hasattr(record, "tries")] == [1, 2, 3]


async def test_of_a_mail_beyond_the_limit_only_the_head_is_asked_for() -> None:
    house, clerk = House(), Clerk()
    async with ScriptedImap() as server:
        server.mails = {1: mail(1), 2: mail(2, 300_000), 3: mail(3)}
        async with house.listening(settings_of(server_of(server.port), first_days=90, message_max_bytes=200_000), clerk):
            await until(lambda: len(clerk.taken) == 3, "all of them")
        fetches = [line for line in server.heard if "BODY" in line]
    assert fetches == ["UID FETCH 1 (UID BODY.PEEK[])", "UID FETCH 2 (UID BODY.PEEK[]<0.65536>)", "UID FETCH 3 (UID BODY.PEEK[])"]
    assert [(len(one.raw) > 60_000, one.size_bytes > 300_000) for one in clerk.taken] == [(False, False), (True, True), (False, False)]


async def test_a_mail_of_which_nothing_can_be_had_is_set_aside_aloud_and_tried_again_later_and_a_restart_does_not_begin_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house, clerk = House(), Clerk()
    skipped = [timedelta()]
    house.now = lambda: datetime.now(UTC) + skipped[0]
    async with ScriptedImap() as server:
        server.mails = {uid: mail(uid) for uid in range(1, 6)}
        well_behaved = server.on["FETCH"]

        async def fetch(talk: Talk, tag: str, rest: str) -> None:
            if 3 in server.chosen(rest) and "BODY" in rest:
                await talk.say(f"{tag} NO [SERVERBUG] it can't be read")
            else:
                await well_behaved(talk, tag, rest)

        server.on["FETCH"] = fetch
        settings = settings_of(server_of(server.port), first_days=90, idle=False)
        async with house.listening(settings, clerk):
            await until(lambda: '"tries":4' in str(house.notebook.pages), "the fourth try")
        async with house.listening(settings, clerk) as listener:
            await until(lambda: listener.status().left_out_count == 1, "its end")
            await until(lambda: len(clerk.taken) == 4, "the others")
            skipped[0] = timedelta(seconds=3601)
            asked = server.count("EXAMINE")
            await until(lambda: server.count("EXAMINE") > asked + 5, "a try and a few looks")
            server.on["FETCH"] = well_behaved
            skipped[0] = timedelta(seconds=7300)
            await until(lambda: len(clerk.taken) == 5, "the mail itself")
            asked = server.count("EXAMINE")
            await until(lambda: server.count("EXAMINE") > asked + 5, "a few more looks")
        assert "aside" not in str(house.notebook.pages)
    assert clerk.uids == [1, 2, 4, 5, 3]
    assert [record.uid for record in caplog.records if record.levelno == logging.ERROR and hasattr(record, "uid")] == [3]
    assert max(record.tries for record in caplog.records if hasattr(record, "tries")) == 6


async def test_mails_that_vanish_between_the_search_and_the_fetch_are_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    house, clerk = House(), Clerk()
    async with ScriptedImap() as server:
        server.mails = {uid: mail(uid) for uid in (2, 5, 6, 9)}
        well_behaved = server.on["FETCH"]

        async def fetch(talk: Talk, tag: str, rest: str) -> None:
            server.mails.pop(9 if "BODY" in rest else 5, None)
            await well_behaved(talk, tag, rest)

        server.on["FETCH"] = fetch
        async with house.listening(settings_of(server_of(server.port), first_days=90, idle=False), clerk) as listener:
            await until(lambda: listener.status().success_at is not None and len(clerk.taken) == 2, "the first look")
            assert listener.status().trouble == ""
            assert '"last_uid":9' in str(house.notebook.pages)
            server.mails[10] = mail(10)
            await until(lambda: len(clerk.taken) == 3, "the next one")
    assert clerk.uids == [2, 6, 10]
    assert not caplog.records


@pytest.mark.parametrize("capabilities", ["IMAP4rev1", "IMAP4rev1 IDLE"])
async def test_a_server_that_does_not_tell_of_new_mail_is_asked_and_the_last_mail_is_not_taken_again(capabilities: str) -> None:
    """Whether it lacks IDLE or refuses it."""
    house, clerk = House(), Clerk()
    async with ScriptedImap(capabilities=capabilities) as server:
        server.mails = {4: mail(4)}
        server.on["IDLE"] = server.unknown
        async with house.listening(settings_of(server_of(server.port), first_days=90), clerk):
            await until(lambda: server.count("EXAMINE") > 5, "a few looks")
            server.mails[7] = mail(7)
            await until(lambda: len(clerk.taken) == 2, "the new mail")
            await until(lambda: server.count("EXAMINE") > 15, "a few more")
        assert server.count("IDLE") <= 1
        assert server.connection_count == 1
    assert clerk.uids == [4, 7]
    assert 4.5 in clerk.naps


async def test_news_without_a_new_mail_and_a_server_that_does_not_tell_its_next_uid_change_nothing() -> None:
    house, clerk = House(), Clerk()
    async with ScriptedImap() as server:
        server.mails = {4: mail(4)}

        async def idle(talk: Talk, tag: str, rest: str) -> None:
            await talk.say("+ idling", "* 1 EXISTS")
            await talk.reader.readline()
            await talk.say(f"{tag} OK done")

        async def examine(talk: Talk, tag: str, rest: str) -> None:
            await talk.say(f"* {len(server.mails)} EXISTS", "* OK [UIDVALIDITY 7] so", f"{tag} OK done")

        server.on["IDLE"], server.on["EXAMINE"] = idle, examine
        async with house.listening(settings_of(server_of(server.port), first_days=90), clerk):
            await until(lambda: server.count("EXAMINE") > 5, "a few looks")
            server.mails[5] = mail(5)
            await until(lambda: len(clerk.taken) == 2, "the new mail")
    assert clerk.uids == [4, 5]


async def test_a_token_that_the_server_refuses_is_renewed_once_and_then_it_is_a_refused_login(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[str] = []

    async def token(_: object, refused: str) -> str:
        given.append(refused)
        return "good" if refused == "old" else "old"

    monkeypatch.setattr("adapters.email.oauth.Logins._token", token)
    house, clerk = House(), Clerk()
    async with ScriptedImap(capabilities="IMAP4rev1 IDLE SASL-IR AUTH=XOAUTH2") as server:
        accepted = ["Bearer good"]

        async def authenticate(talk: Talk, tag: str, rest: str) -> None:
            said = base64.b64decode(rest.split(" ")[2]).decode()
            await talk.say(f"{tag} OK done" if any(word in said for word in accepted) else f"{tag} NO no")

        server.on["AUTHENTICATE"] = authenticate
        settings = settings_of(server_of(server.port), oauth=oauth_of("http://127.0.0.1:1/"))
        async with house.listening(settings, clerk) as listener:
            await until(lambda: listener.status().success_at is not None, "the first look")
        assert given == ["", "old"]
        accepted.clear()
        async with house.listening(settings, clerk) as listener:
            await until(lambda: listener.status().trouble == "login_refused", "the refusal")


async def test_stopping_waits_for_no_deadline_and_leaves_nothing_behind_whatever_goes_on() -> None:
    for command in ("SEARCH", "FETCH", "LOGIN", "IDLE"):
        house, clerk = House(), Clerk()
        async with ScriptedImap() as server:
            server.mails = {1: mail(1)}

            async def hang(talk: Talk, tag: str, rest: str) -> None:
                await talk.hang()

            server.on[command] = hang
            loop = asyncio.get_running_loop()
            settings = settings_of(server_of(server.port), first_days=90, timeout_s=60.0, poll_s=60.0)
            async with house.listening(settings, clerk):
                await until(lambda: server.count(f"(UID )?{command}") > 0, "the command")  # noqa: B023 - awaited in the same round
                begun = loop.time()
            assert loop.time() - begun < 60.0 / 3
            assert house.held == {}
