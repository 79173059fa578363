"""A connection to a real mailbox: encrypted, logged in, and ended by name whatever happens."""

import asyncio
import tracemalloc
from datetime import UTC, datetime

import pytest
from msgspec import structs

from adapters.email.imap.connection import Connection
from adapters.email.imap.errors import ImapTrouble
from adapters.email.oauth import Bearer, Credentials, Password
from tests.integration.mailboxes import USER, mail, opened, server_of
from tests.peers.dovecot import PASSWORD, DovecotServer

MB = 1024 * 1024


async def refusal(server: DovecotServer, credentials: Password | Bearer, security: str = "tls", *, is_trusting: bool = True) -> ImapTrouble:
    port = server.tls_port if security == "tls" else server.port
    tls = server.certificates.trusting() if is_trusting else None
    with pytest.raises(ImapTrouble) as caught:
        await Connection.open(server_of(port, security=security), credentials, timeout_s=5, literal_max_bytes=MB, tls=tls)
    return caught.value


async def test_a_mailbox_is_read_over_every_kind_of_encryption_and_login(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER)
    at = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    dovecot.put(USER, [mail(1), mail(2)], at=at)
    logins: list[Credentials] = [Password(USER, PASSWORD), Bearer(USER, dovecot.token_for(USER))]
    for port, security in ((dovecot.tls_port, "tls"), (dovecot.port, "starttls"), (dovecot.port, "none")):
        for login in logins:
            connection = await Connection.open(
                server_of(port, security=security), login, timeout_s=5, literal_max_bytes=MB, tls=dovecot.certificates.trusting()
            )
            selected = await connection.select("INBOX")
            assert (selected.uidnext, selected.exists_count) == (3, 2)
            assert await connection.search("UID", "1:*") == [1, 2]
            assert [(head.uid, head.size_bytes, head.at) for head in await connection.heads([1, 2])] == [(1, 61, at), (2, 61, at)]
            assert {uid: body.raw for uid, body in (await connection.bodies([1, 2], size_bytes=122)).items()} == {1: mail(1), 2: mail(2)}
            await connection.close()
    assert dovecot.flags(USER) == ["", ""]  # nothing was marked as read


async def test_a_login_that_is_refused_is_named(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER)
    for login in (Password(USER, "wrong"), Bearer(USER, dovecot.token_for(USER, is_good=False))):
        trouble = await refusal(dovecot, login)
        assert (trouble.code, trouble.is_login) == ("login_refused", True)
    assert (await refusal(dovecot, Password(USER, "two\r\nlines"))).code == "login_refused"


async def test_passwords_with_quotes_backslashes_and_any_letters_go_through(dovecot: DovecotServer) -> None:
    for number, password in enumerate(('a"b\\c d', "密码-ключ")):
        user = f"odd{number}@example.com"
        dovecot.add_user(user, password)
        await (await opened(dovecot.port, Password(user, password))).close()


async def test_a_certificate_that_nobody_vouches_for_is_refused(dovecot: DovecotServer) -> None:
    for security in ("tls", "starttls"):
        trouble = await refusal(dovecot, Password(USER, PASSWORD), security, is_trusting=False)
        assert (trouble.code, trouble.detail) == ("tls", "unable to get local issuer certificate")
    for port, way in ((dovecot.tls_port, "tls"), (dovecot.port, "starttls")):  # another's name for the same server: it may be another
        with pytest.raises(ImapTrouble, match="tls: Hostname mismatch"):
            await Connection.open(
                structs.replace(server_of(port, security=way), host="127.1"), Password(USER, PASSWORD), timeout_s=5, literal_max_bytes=MB,
                tls=dovecot.certificates.trusting(),
            )  # fmt: skip


async def test_the_wrong_kind_of_encryption_and_a_server_that_is_away_are_named(dovecot: DovecotServer) -> None:
    with pytest.raises(ImapTrouble, match="tls: WRONG_VERSION_NUMBER"):
        await Connection.open(server_of(dovecot.port, security="tls"), Password(USER, PASSWORD), timeout_s=5, literal_max_bytes=MB)
    with pytest.raises(ImapTrouble, match="unreachable"):
        await opened(1)


async def test_an_unknown_mailbox_is_told_with_the_names_that_there_are(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER, mailboxes=["已处理", "Q&A"])
    connection = await opened(dovecot.port)
    with pytest.raises(ImapTrouble) as caught:
        await connection.select("待处理")
    assert (caught.value.code, caught.value.detail) == ("no_mailbox", "INBOX, Q&A, 已处理")
    for name in ("已处理", "Q&A"):  # and the connection is as good as before
        assert (await connection.select(name)).exists_count == 0
    await connection.close()


async def test_a_copy_is_laid_into_a_mailbox_byte_by_byte(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER, mailboxes=["已发送"])
    connection = await opened(dovecot.port)
    raw = mail(1) + b"\xff\x00-free \xe4\xbd\xa0\r\n".replace(b"\x00", b"") + b"y" * 300_000
    await connection.append("已发送", raw)
    await connection.select("已发送")
    assert (await connection.bodies([1], size_bytes=len(raw)))[1].raw == raw
    assert dovecot.flags(USER, "已发送") == ["S"]
    with pytest.raises(ImapTrouble, match="no_mailbox"):
        await connection.append("nowhere", raw)
    await connection.close()


async def test_a_new_mail_ends_the_waiting_and_a_kick_ends_the_connection(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER)
    connection = await opened(dovecot.port)
    selected = await connection.select("INBOX")
    waiting = asyncio.create_task(connection.idle(60))
    await asyncio.to_thread(dovecot.deliver, mail(1), USER)
    await asyncio.wait_for(waiting, 30)
    assert await connection.search("UID", f"{selected.uidnext}:*") == [1]
    await connection.select("INBOX")
    await connection.idle(0.05)  # nothing new: back when the time is over
    waiting = asyncio.create_task(connection.idle(60))
    await asyncio.sleep(0.05)
    await asyncio.to_thread(dovecot.kick, USER)
    with pytest.raises(ImapTrouble, match=r"bye|lost"):
        await asyncio.wait_for(waiting, 30)
    with pytest.raises(ImapTrouble, match=r"bye|lost"):
        await connection.search("ALL")


async def test_a_large_mail_lies_in_memory_twice_at_most_and_only_its_head_where_that_is_asked_for(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER)
    size = 25 * MB
    dovecot.put(USER, [mail(1, size - 61)])
    connection = await opened(dovecot.port, timeout_s=20, literal_max_bytes=size + MB)
    await connection.select("INBOX")
    tracemalloc.start()
    try:
        head = (await connection.bodies([1], size_bytes=65_536, is_head=True))[1]
        assert len(head.raw) == 65_536
        assert tracemalloc.get_traced_memory()[1] < MB
        tracemalloc.reset_peak()
        whole = (await connection.bodies([1], size_bytes=size))[1]
        assert (len(whole.raw), whole.size_bytes) == (size, size)
        assert tracemalloc.get_traced_memory()[1] < 2.2 * size
    finally:
        tracemalloc.stop()
    await connection.close()


async def test_of_a_mail_beyond_the_limit_the_rest_is_forgotten_as_it_comes(dovecot: DovecotServer) -> None:
    dovecot.add_user(USER)
    dovecot.put(USER, [mail(1, 3 * MB), mail(2)])
    connection = await opened(dovecot.port, timeout_s=5)
    await connection.select("INBOX")
    bodies = await connection.bodies([1, 2], size_bytes=3 * MB)
    assert (len(bodies[1].raw), bodies[1].size_bytes) == (MB, len(mail(1, 3 * MB)))
    assert bodies[2].raw == mail(2)
    await connection.close()
