"""Servers that do what a real one does once in a year: each ends by name, in time, and with bounded memory."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable

import pytest

from adapters.email.imap.connection import Connection
from adapters.email.imap.errors import ImapTrouble
from adapters.email.oauth import Bearer, Password
from adapters.email.providers import Provider
from tests.integration.mailboxes import USER, mail, opened, server_of
from tests.peers.dovecot import PASSWORD
from tests.peers.imap_script import On, ScriptedImap, Talk

Use = Callable[[Connection], Awaitable[object]]


def saying(*lines: bytes | str) -> On:
    """Answer with these lines; `TAG` in them is the command's."""

    async def on(talk: Talk, tag: str, rest: str) -> None:
        await talk.say(*((line.encode() if isinstance(line, str) else line).replace(b"TAG", tag.encode()) for line in lines))

    return on


async def hanging(talk: Talk, tag: str, rest: str) -> None:
    await talk.hang()


async def dropping(talk: Talk, tag: str, rest: str) -> None:
    talk.drop()


async def deaf(talk: Talk, tag: str, rest: str) -> None:
    await talk.say("+ idling", "* 1 EXISTS")
    await talk.hang()


async def trouble_of(work: Awaitable[object]) -> str:
    """The code that it ends with, long before the minute for which somebody might have waited."""
    with pytest.raises(ImapTrouble) as caught:
        async with asyncio.timeout(30):
            await work
    return caught.value.code


async def entered(server: ScriptedImap) -> Connection:
    connection = await opened(server.port, timeout_s=20.0, literal_max_bytes=1000)
    await connection.select("INBOX")
    return connection


@pytest.mark.parametrize(
    ("greeting", "code"),
    [("", "silent"), ("220 mail.example.com ESMTP", "odd_server"), ("* BYE too many", "bye"), ("* PREAUTH come in", "odd_server")],
)
async def test_a_greeting_that_is_none_is_named(greeting: str, code: str) -> None:
    async with ScriptedImap(greeting=greeting) as server:
        assert await trouble_of(opened(server.port, timeout_s=20.0 if greeting else 0.1)) == code


@pytest.mark.parametrize(
    ("answer", "code"), [("TAG BAD what?", "no_starttls"), ("TAG NO not today", "no_starttls"), ("TAG OK go\r\n* CAPABILITY EVIL", "tls")]
)
async def test_without_encryption_no_password_is_sent(answer: str, code: str) -> None:
    async with ScriptedImap() as server:
        server.on["STARTTLS"] = saying(answer)
        login = Password(USER, PASSWORD)
        assert (
            await trouble_of(Connection.open(server_of(server.port, security="starttls"), login, timeout_s=20, literal_max_bytes=1)) == code
        )
        assert server.heard == ["STARTTLS"]


async def test_a_handshake_that_never_ends_is_given_up() -> None:
    async with ScriptedImap(greeting="") as server:
        login = Password(USER, PASSWORD)
        work = Connection.open(server_of(server.port, security="tls"), login, timeout_s=0.1, literal_max_bytes=1)
        assert await trouble_of(work) == "silent"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("TAG NO [AUTHENTICATIONFAILED] no", "login_refused"), ("TAG NO [UNAVAILABLE] the directory is away", "busy"),
        ("TAG NO [ALERT] Too many simultaneous connections. (Failure)", "busy"), ("* BYE go away", "bye"), ("A1 OK whose?", "odd_server"),
        ("TAG NO Unsafe Login. Please contact us", "unsafe_login"),
    ],
)  # fmt: skip
async def test_an_answer_to_a_login_is_named(answer: str, code: str) -> None:
    async with ScriptedImap() as server:
        server.on["LOGIN"] = saying(answer)
        assert await trouble_of(opened(server.port)) == code


async def test_where_login_is_disabled_plain_is_used_and_nothing_where_that_is_missing_too() -> None:
    async with ScriptedImap(capabilities="IMAP4rev1 LOGINDISABLED") as server:
        assert await trouble_of(opened(server.port)) == "no_login"

        async def authenticate(talk: Talk, tag: str, rest: str) -> None:
            await talk.say("+ ")
            said = base64.b64decode(await talk.reader.readline())
            await talk.say(f"{tag} OK done" if said == f"\0{USER}\0{PASSWORD}".encode() else f"{tag} NO")

        server.on["AUTHENTICATE"] = authenticate
        server.capabilities = "IMAP4rev1 LOGINDISABLED AUTH=PLAIN"
        await (await opened(server.port)).close()
        assert server.count("LOGIN") == 0


@pytest.mark.parametrize("capabilities", ["IMAP4rev1 AUTH=XOAUTH2", "IMAP4rev1 AUTH=XOAUTH2 SASL-IR"])
async def test_a_token_that_is_refused_is_told_in_a_challenge_that_gets_an_empty_answer(capabilities: str) -> None:
    answers: list[bytes] = []

    async def authenticate(talk: Talk, tag: str, rest: str) -> None:
        first = rest.split(" ")[2:] or [""]
        if not first[0]:
            await talk.say("+ ")
            first = [(await talk.reader.readline()).decode().strip()]
        answers.append(base64.b64decode(first[0]))
        await talk.say(b"+ " + base64.b64encode(json.dumps({"status": "401"}).encode()))
        answers.append(await talk.reader.readline())
        await talk.say(f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials")

    async with ScriptedImap(capabilities=capabilities) as server:
        server.on["AUTHENTICATE"] = authenticate
        assert await trouble_of(opened(server.port, Bearer(USER, "token-1"))) == "login_refused"
    assert answers == [f"user={USER}\1auth=Bearer token-1\1\1".encode(), b"\r\n"]


async def test_who_wants_to_know_our_program_hears_it_behind_the_login_and_before_any_mailbox() -> None:
    async with ScriptedImap() as server:
        await (await entered(server)).close()
        assert server.heard[1:5] == [
            f'LOGIN "{USER}" "{PASSWORD}"', "CAPABILITY", 'ID ("name" "frontdesk" "version" "1" "vendor" "frontdesk")', 'EXAMINE "INBOX"',
        ]  # fmt: skip
        server.on["EXAMINE"] = saying("TAG NO EXAMINE Unsafe Login. Please contact kefu@188.com for help")
        assert await trouble_of(entered(server)) == "unsafe_login"


async def test_a_provider_that_is_known_to_want_our_name_hears_it_though_it_offers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.email.imap.entering.provider_of", lambda host: Provider(needs_id=host == "localhost"))
    async with ScriptedImap() as server:
        server.capabilities = "IMAP4rev1 IDLE"
        server.on["ID"] = saying("TAG BAD what?")
        await (await entered(server)).close()
        assert server.count(r'ID \("name"') == 1


@pytest.mark.parametrize(
    ("on", "code"),
    [
        (hanging, "silent"), (dropping, "lost"), (saying("* BYE shutting down"), "bye"), (saying("X9 OK whose?"), "odd_server"),
        (saying("* 1 FETCH (UID 1 BODY[] {500}", "half of it"), "silent"), (saying("* SEARCH " + "1 " * 5_000_000), "too_much"),
        (saying(*["* 1 FETCH (UID 1 BODY[] {900}\r\n" + "x" * 900 + ")"] * 12_000), "too_much"), (saying("TAG BAD no"), "refused"),
        (saying("* 1 FETCH (UID 1 BODY[] {99999999999999}", "x"), "silent"), (saying(b"\xff\xfe\x00\x80"), "odd_server"),
    ],
)  # fmt: skip
async def test_whatever_a_server_does_in_the_middle_of_a_command_is_named(on: On, code: str) -> None:
    async with ScriptedImap() as server:
        server.mails = {1: mail(1)}
        server.on["FETCH"] = on
        connection = await entered(server)
        connection._commands.timeout_s = 0.2 if code == "silent" else 20.0
        assert await trouble_of(connection.bodies([1], size_bytes=100)) == code
        if code != "refused":
            assert await trouble_of(connection.search("ALL")) == code  # and nobody waits for that line again


async def test_thousands_of_lines_at_once_are_read() -> None:
    async with ScriptedImap() as server:
        server.mails = {uid: mail(uid) for uid in range(1, 3001)}
        connection = await entered(server)
        assert [head.uid for head in await connection.heads(list(range(1, 3001)))] == list(range(1, 3001))
        await connection.close()


async def test_bodies_come_as_literals_as_strings_or_not_at_all() -> None:
    async with ScriptedImap() as server:
        server.mails = {1: b"", 2: b"", 3: b"", 4: b"", 5: b""}
        server.on["FETCH"] = saying(
            '* 1 FETCH (BODY[] "short \\"one\\"" UID 1)', "* 9 FETCH (FLAGS (\\Seen))", "* 2 FETCH (UID 2 BODY[] NIL)", "* 7 EXPUNGE",
            "* 3 FETCH (UID 3 BODY[] {0}", " FLAGS (\\Seen ()))", "* 4 FETCH (BODY[] {4}", "a)\r\n UID 4)",
            "TAG NO [EXPUNGEISSUED] some are gone",
        )  # fmt: skip
        connection = await entered(server)
        found = await connection.bodies([1, 2, 3, 4, 5], size_bytes=100)
        assert {uid: body.raw for uid, body in found.items()} == {1: b'short "one"', 3: b"", 4: b"a)\r\n"}
        await connection.bodies([1], size_bytes=100, is_head=True)
        await connection.close()
        fetches = [line for line in server.heard if "FETCH" in line]
        assert fetches == ["UID FETCH 1:5 (UID BODY.PEEK[])", "UID FETCH 1 (UID BODY.PEEK[]<0.65536>)"], "nothing is marked as read"


@pytest.mark.parametrize(
    ("on", "code"),
    [
        (hanging, "silent"), (dropping, "lost"), (saying("TAG BAD unknown command"), "no_idle"), (saying("+ idling", "* BYE"), "bye"),
        (deaf, "silent"),
    ],
)  # fmt: skip
async def test_waiting_for_mail_ends_by_name_too(on: On, code: str) -> None:
    """Also where the server never says that it idles, and where it does not hear that we are done."""
    async with ScriptedImap() as server:
        server.on["IDLE"] = on
        connection = await entered(server)
        connection._commands.timeout_s = 0.2 if code == "silent" else 20.0
        assert await trouble_of(connection.idle(60)) == code


async def test_a_caller_that_is_cancelled_leaves_no_half_read_answer_to_the_next() -> None:
    async with ScriptedImap() as server:
        server.on["SEARCH"] = hanging
        connection = await entered(server)
        searching = asyncio.create_task(connection.search("ALL"))
        await asyncio.sleep(0.01)
        searching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await searching
        assert await trouble_of(connection.search("ALL")) == "lost"
        await connection.close()
