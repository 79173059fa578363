"""Mails go out over real connections, and what went wrong is said honestly."""

import asyncio
import email
from collections.abc import Iterator

import pytest
from msgspec import structs

from adapters.email.smtp import pool
from gateway.core.errors import Rejected, TryLater, Uncertain
from tests.fakes import FrozenClock
from tests.integration.mail_out import ADDRESS, CUSTOMER, MESSAGE_ID, FixedLogins, bearer, mail, sender
from tests.peers.certificates import Certificates
from tests.peers.dovecot import DovecotServer
from tests.peers.smtp import DROP, HANG, TAKE_AND_DROP, TAKE_AND_HANG, MailServer

BOUNCES = "support+b01arz3ndektsv4rrffq69g5favabcdefghijkl@example.com"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("keys"))


async def test_mails_go_over_one_kept_connection_byte_by_byte_as_they_are(server: MailServer) -> None:
    out = sender(server)
    words = b".a line that begins with a dot\r\n..\r\n.\r\nlast\r\n"

    for _ in range(3):
        refused = await out.send(mail(words=words))
    await out.close()

    assert refused.addresses == ()
    assert [taken.raw.partition(b"\r\n\r\n")[2] for taken in server.mails] == [words] * 3
    assert (server.mails[0].sender, server.mails[0].recipients) == ("", (CUSTOMER,))
    assert server.connections_count == 1
    assert [line.split(" ")[0] for line in server.lines] == ["CONNECT", "EHLO", *["MAIL", "RCPT", "DATA"] * 3]  # and no word more


async def test_a_lone_line_feed_never_reaches_a_server_that_could_see_an_end_in_it(server: MailServer) -> None:
    out = sender(server)
    await out.send(mail(words=b"one\n.\nMAIL FROM:<evil@example.org>\r.\rtwo"))
    await out.close()
    assert server.mails[0].raw.endswith(b"one\r\n.\r\nMAIL FROM:<evil@example.org>\r\n.\r\ntwo\r\n")
    assert [line for line in server.lines if line.startswith("MAIL")] == ["MAIL FROM:<> SIZE=153"]


async def test_delivery_reports_are_asked_for_where_somebody_gets_them(server: MailServer) -> None:
    out = sender(server)
    await out.send(mail(sender=BOUNCES))
    await out.send(mail())
    await out.close()
    asked, silent = server.mails
    assert asked.mail_options == ("SIZE=120", "RET=HDRS", "ENVID=01arz3ndektsv4rrffq69g5fav.nyu2tir2kdgwx3hj.nyd7wfnbyl46@example.com")
    assert asked.rcpt_options == ("NOTIFY=FAILURE,DELAY",)
    assert (silent.mail_options, silent.rcpt_options) == (("SIZE=120",), ())


@pytest.mark.parametrize(("security", "scheme"), [("tls", "PLAIN"), ("starttls", "PLAIN")])
async def test_connections_are_encrypted_and_logged_in(security: str, scheme: str, certificates: Certificates) -> None:
    with MailServer(security=security, context=certificates.serving(), users={"support": "sesame"}) as server:
        out = sender(server, user="support", tls=certificates.trusting())
        await out.send(mail())
        await out.close()
    assert [(taken.user, taken.is_encrypted) for taken in server.mails] == [("support", True)]
    assert server.logins == [(scheme, "support")]


async def test_no_word_goes_out_where_the_encryption_that_was_asked_for_is_not_to_be_had(certificates: Certificates) -> None:
    codes = []
    with MailServer(security="tls", context=certificates.serving()) as server:
        codes.append(await _code(sender(server)))  # a certificate that this machine does not trust
    with MailServer(security="starttls", context=certificates.serving(), users={"support": "sesame"}) as server:
        codes.append(await _code(sender(server, user="support")))
        assert server.logins == []
    with MailServer() as server:  # somebody on the way has taken STARTTLS out
        out = sender(server)
        out._settings = structs.replace(out._settings, smtp=structs.replace(out._settings.smtp, security="starttls"))
        codes.append(await _code(out))
        assert [line for line in server.lines if line.startswith("MAIL")] == []
    assert codes == ["tls", "tls", "tls"]


async def test_a_login_that_is_refused_waits_for_the_operator_and_is_not_tried_by_every_mail(
    server: MailServer, clock: FrozenClock
) -> None:
    server.users = {"support": "another"}
    out = sender(server, user="support", clock=clock)
    with pytest.raises(TryLater) as refused:
        await out.send(mail())
    assert (refused.value.code, refused.value.retry_after_s) == ("auth", 300.0)
    assert refused.value.reason == "the mail server refuses our login (535 5.7.8)"
    assert server.logins == [("PLAIN", "support")]
    assert server.mails == []

    server.users = {"support": "sesame"}
    clock.advance(59)
    assert await _code(out) == "auth"
    assert len(server.logins) == 1
    clock.advance(1)
    assert await _code(out) == "sent"
    await out.close()


async def test_an_access_token_that_was_just_refused_is_followed_by_another_one(server: MailServer) -> None:
    server.tokens = {ADDRESS: "fresh"}
    logins = FixedLogins([bearer("stale"), bearer("fresh")])
    out = sender(server, logins=logins, provider="google")
    await out.send(mail())
    await out.close()
    assert logins.refused == ["stale"]
    assert [taken.user for taken in server.mails] == [ADDRESS]


async def test_a_refusal_says_in_a_word_what_it_means(server: MailServer) -> None:
    server.faults.refused = {"gone@example.net": "550 5.1.1 No such user here", "full@example.net": "552 5.2.2 Mailbox is full"}
    out = sender(server)
    for recipient, code in (("gone@example.net", "user_unknown"), ("full@example.net", "mailbox_full")):
        with pytest.raises(Rejected) as refused:
            await out.send(mail(recipient))
        assert refused.value.code == code
        assert recipient not in str(refused.value)
    server.expect(".", "554 5.7.1 Message looks like spam")
    with pytest.raises(Rejected) as spam:
        await out.send(mail())
    assert (spam.value.code, spam.value.reason) == ("spam", "it was taken for spam (554 5.7.1)")
    await out.send(mail())  # over the same connection: the envelope was reset
    await out.close()
    assert (server.connections_count, len(server.mails)) == (1, 1)


async def test_greylisting_and_a_busy_server_are_no_failures(server: MailServer, clock: FrozenClock) -> None:
    server.faults.is_greylisting = True
    out = sender(server, clock=clock)
    with pytest.raises(TryLater) as later:
        await out.send(mail())
    assert (later.value.code, later.value.retry_after_s) == ("greylisted", 300.0)  # it has named five minutes
    await out.send(mail())
    for verb, answer, code in (
        ("CONNECT", "421 4.7.0 try again later", "busy"),
        ("CONNECT", "554 5.7.1 blocked using a list", "turned_away"),
        ("MAIL", "452 4.3.1 Insufficient system storage", "mailbox_busy"),
        ("DATA", "451 4.3.0 not now", "busy"),
        (".", "421 4.3.0 shutting down", "busy"),
        (".", "550 5.4.5 Daily user sending limit exceeded", "quota"),
    ):
        server.expect(verb, answer)
        clock.advance(10)
        if verb == "CONNECT":
            await out.close()
        assert await _code(out) == code, answer
    await out.close()


async def test_the_customer_decides_and_copies_are_told_of(server: MailServer) -> None:
    server.faults.refused = {"gone@example.net": "550 5.1.1 unknown user", "busy@example.net": "451 4.2.0 later"}
    out = sender(server)

    refused = await out.send(mail(copies=("gone@example.net", "colleague@example.net")))
    assert refused.addresses == (("gone@example.net", "user_unknown"),)
    assert server.mails[0].recipients == (CUSTOMER, "colleague@example.net")

    with pytest.raises(Rejected):  # it does not go to the copies alone
        await out.send(mail("gone@example.net", copies=("colleague@example.net",)))
    with pytest.raises(TryLater):  # one of two may still take it
        await out.send(mail("gone@example.net", "busy@example.net"))
    await out.close()
    assert len(server.mails) == 1


async def test_a_silence_behind_the_content_is_uncertain_and_the_repeat_is_the_same_mail(server: MailServer) -> None:
    out = sender(server, timeout_s=1.0)
    for fault in (TAKE_AND_HANG, TAKE_AND_DROP):
        server.expect(".", fault)
        with pytest.raises(Uncertain):
            await out.send(mail())
    await out.send(mail())
    await out.close()
    assert [str(email.message_from_bytes(taken.raw)["Message-ID"]) for taken in server.mails] == [MESSAGE_ID] * 3
    assert len({taken.raw for taken in server.mails}) == 1


async def test_a_silence_before_the_content_is_certain_and_tried_later(server: MailServer, clock: FrozenClock) -> None:
    out = sender(server, timeout_s=0.3, clock=clock)
    for verb in ("CONNECT", "EHLO", "RCPT", "DATA"):
        for fault in (HANG, DROP):
            await out.close()
            clock.advance(10)
            server.expect(verb, fault)
            assert await _code(out) == "unreachable", (verb, fault)
    server.stop()
    clock.advance(10)
    assert await _code(out) == "unreachable"
    server.start()
    assert await _code(out) == "unreachable"  # it was just now
    clock.advance(5)
    nowhere = sender(server)
    nowhere._settings = structs.replace(nowhere._settings, smtp=structs.replace(nowhere._settings.smtp, host="a..b"))
    assert await _code(nowhere) == "unreachable"
    await out.send(mail())
    await out.close()
    assert len(server.mails) == 1


async def test_a_connection_that_went_stale_is_replaced_before_anything_was_sent(server: MailServer, clock: FrozenClock) -> None:
    out = sender(server, clock=clock)
    await out.send(mail())
    server.hang_up()
    await out.send(mail())  # its end was noticed
    server.expect("MAIL", "421 4.4.2 idle for too long")
    await out.send(mail())  # its end is said only now
    server.expect("MAIL", DROP)
    await out.send(mail())
    clock.advance(10)
    server.expect("NOOP", "421 4.4.2 bye")
    await out.send(mail())  # asked first whether it lives
    clock.advance(60)
    await out.send(mail())  # too old to be asked
    await out.close()
    assert (len(server.mails), server.connections_count) == (6, 6)


async def test_a_connection_that_nobody_needs_is_given_up(server: MailServer, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "IDLE_MAX_S", 0.05)
    out = sender(server, clock=clock)
    await out.send(mail())
    clock.advance(1)
    while server.open_count:
        await asyncio.sleep(0.01)
    await out.close()


async def test_a_server_that_counts_mails_by_connection_gets_new_ones(server: MailServer) -> None:
    server.faults.mails_per_connection = 2
    out = sender(server)
    for _ in range(5):
        await out.send(mail())
    await out.close()
    assert [taken.connection for taken in server.mails] == [1, 1, 2, 2, 3]


async def test_who_refuses_the_null_sender_gets_the_address_from_then_on(server: MailServer) -> None:
    server.faults.allowed_senders = frozenset({ADDRESS})
    out = sender(server)
    await out.send(mail())
    await out.send(mail())
    await out.send(mail(sender=BOUNCES))
    await out.close()
    assert [taken.sender for taken in server.mails] == [ADDRESS] * 3
    assert [line.split(" ")[1] for line in server.lines if line.startswith("MAIL")] == [
        "FROM:<>", f"FROM:<{ADDRESS}>", f"FROM:<{ADDRESS}>", f"FROM:<{BOUNCES}>", f"FROM:<{ADDRESS}>",
    ]  # fmt: skip
    strict = sender(server, envelope="null")
    with pytest.raises(Rejected) as refused:
        await strict.send(mail())
    await strict.close()
    assert refused.value.code == "sender"


async def test_exchange_says_only_behind_the_content_that_it_wants_another_sender(server: MailServer) -> None:
    server.expect(".", "550 5.7.60 SMTP; Client does not have permissions to send as this sender")
    out = sender(server)
    await out.send(mail())
    await out.close()
    assert [taken.sender for taken in server.mails] == [ADDRESS]


async def test_what_the_server_says_it_can_not_is_not_tried() -> None:
    with MailServer(limit_bytes=500, has_utf8=False) as server:
        out = sender(server)
        assert await _code(out, words=b"x" * 600 + b"\r\n") == "size"
        assert await _code(out, "用户@example.net") == "utf8"
        await out.close()
        assert [line for line in server.lines if line.startswith("MAIL")] == []
    with MailServer() as server:
        out = sender(server)
        await out.send(mail("用户@example.net"))
        await out.close()
        assert server.mails[0].recipients == ("用户@example.net",)
        assert "SMTPUTF8" in server.mails[0].mail_options


async def test_a_message_id_that_the_server_puts_over_ours_is_told() -> None:
    for answer, known_as in (
        ("250 2.0.0 OK <AS8P190MB1@AS8P190MB1.EURP190.PROD.OUTLOOK.COM> [Hostname=X]", "<AS8P190MB1@AS8P190MB1.EURP190.PROD.OUTLOOK.COM>"),
        (f"250 2.0.0 OK {MESSAGE_ID.upper()} [Hostname=X]", ""),
        ("250 2.0.0 Ok: queued as 4B1C", ""),
    ):
        with MailServer(answer=answer) as server:
            out = sender(server)
            assert (await out.send(mail())).known_as == known_as
            await out.close()


async def test_several_connections_are_used_at_a_time_and_no_more(server: MailServer) -> None:
    server.faults.delay_s = 0.01
    out = sender(server, connections=2)
    await asyncio.gather(*(out.send(mail()) for _ in range(8)))
    await out.close()
    assert len(server.mails) == 8
    assert {taken.connection for taken in server.mails} == {1, 2}
    assert server.connections_count == 2


async def test_a_send_that_is_cancelled_leaves_no_connection_in_the_middle_of_a_talk(server: MailServer) -> None:
    out = sender(server)
    for verb in ("RCPT", "."):
        server.expect(verb, HANG)
        count = len(server.lines)
        sending = asyncio.create_task(out.send(mail()))
        while not any(line.startswith("DATA" if verb == "." else "RCPT") for line in server.lines[count:]):
            await asyncio.sleep(0.01)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        server.forget()  # it was to hang behind a content that may never have come
    await out.send(mail())
    await out.close()
    assert len(server.mails) == 1


async def test_a_large_mail_goes_out_whole_over_an_encrypted_line(certificates: Certificates) -> None:
    words = b"".join(b"%076d\r\n" % line for line in range(8_000))
    with MailServer(security="tls", context=certificates.serving()) as server:
        out = sender(server, tls=certificates.trusting())
        await out.send(mail(words=words))
        await out.send(mail())
        await out.close()
    assert server.mails[0].raw.partition(b"\r\n\r\n")[2] == words
    assert len(server.mails) == 2


async def test_a_no_in_the_middle_of_the_content_is_heard_and_a_hanging_up_there_is_certain() -> None:
    for last_words, code in ((b"552 5.3.4 Message size exceeds fixed limit\r\n", "size"), (b"", "unreachable")):

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, last_words: bytes = last_words) -> None:
            writer.write(b"220 hello\r\n")
            while line := await reader.readline():
                writer.write(b"354 go on\r\n" if line == b"DATA\r\n" else b"250 OK\r\n")
                if line == b"DATA\r\n":
                    await reader.readexactly(300_000)
                    break
            writer.write(last_words)
            if not last_words:
                writer.transport.abort()
                return
            while (chunk := await reader.read(65_536)) and not chunk.endswith(b"RSET\r\n"):
                pass
            writer.write(b"250 OK\r\n")
            await reader.read()
            writer.close()

        peer = MailServer()
        async with await asyncio.start_server(talk, "127.0.0.1", peer.port):
            out = sender(peer)
            assert await _code(out, words=(b"x" * 76 + b"\r\n") * 100_000) == code
            await out.close()


async def test_the_login_can_be_tried_without_sending(server: MailServer) -> None:
    server.users = {"support": "sesame"}
    out = sender(server, user="support")
    await out.examine()
    server.users = {"support": "another"}
    with pytest.raises(TryLater) as refused:
        await out.examine()
    await out.close()
    assert (refused.value.code, server.mails) == ("auth", [])


async def test_a_mail_of_ours_reaches_an_inbox_of_dovecot(dovecot: DovecotServer) -> None:
    dovecot.add_user("reader@example.net")
    with MailServer(deliver=dovecot.deliver) as server:
        out = sender(server)
        await out.send(mail("reader@example.net"))
        with pytest.raises(Rejected) as unknown:
            await out.send(mail("nobody@elsewhere.example"))
        await out.close()
    (arrived,) = dovecot.mails("reader@example.net")
    assert str(email.message_from_bytes(arrived)["Return-Path"]) == "<>"
    assert MESSAGE_ID.encode() in arrived
    assert unknown.value.code == "user_unknown"


async def _code(out: object, *recipients: str, words: bytes = b"hello\r\n") -> str:
    try:
        await out.send(mail(*recipients, words=words))  # type: ignore[attr-defined]
    except (TryLater, Rejected) as error:
        return error.code
    return "sent"
