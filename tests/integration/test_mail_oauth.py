"""Access tokens for mailboxes, from a scripted token server: renewed early, one flight, refresh tokens that rotate, refusals by name."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.email.oauth import Bearer, Logins, LoginTrouble, Password
from config.email import Email, Imap, Smtp
from tests.integration.mailboxes import NAME, USER, oauth_of, settings_of
from tests.peers.imap_script import ScriptedImap
from tests.unit.adapters.wechat_account import Leases, Notebook, Shelf


class TokenServer:
    """Gives `access-N`; `answers` go first."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answers: list[tuple[int, Any]] = []
        self.rotated = False
        self.in_flight = self.most_in_flight = 0
        self.url = ""

    async def give(self, request: web.Request) -> web.StreamResponse:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        await asyncio.sleep(0.01)
        self.in_flight -= 1
        form = await request.post()
        self.asked.append({key: str(value) for key, value in form.items()})
        if self.answers:
            status, answer = self.answers.pop(0)
            if isinstance(answer, bytes):
                return web.Response(status=status, body=answer, headers={"Retry-After": "77"})
            return web.json_response(answer, status=status)
        number = len(self.asked)
        more = {"refresh_token": f"refresh-of-{number}"} if self.rotated else {}
        return web.json_response({"access_token": f"access-{number}", "expires_in": "3600", "token_type": "Bearer", **more})


@pytest.fixture
async def server() -> AsyncIterator[TokenServer]:
    script = TokenServer()
    app = web.Application()
    app.router.add_post("/token", script.give)
    async with TestServer(app) as running:
        script.url = str(running.make_url("/token"))
        yield script


class Installation:
    """What all processes share, and its time."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0
        self.shelf, self.notebook, self.held = Shelf(), Notebook(), dict[str, Leases]()

    def process(self, url: str, **changes: Any) -> Logins:
        settings = settings_of(Imap(host="localhost", user=USER), oauth=oauth_of(url, **changes), timeout_s=20.0)
        return self.of(settings)

    def of(self, settings: Email) -> Logins:
        return Logins(
            NAME, settings, shelf=self.shelf, notebook=self.notebook, leases=Leases(self.held), now_s=lambda: self.now_s,
            sleep=lambda _: asyncio.sleep(0.002),
        )  # fmt: skip


async def refusal(logins: Logins) -> LoginTrouble:
    with pytest.raises(LoginTrouble) as caught:
        await logins.credentials("imap")
    return caught.value


async def test_passwords_are_each_servers_own() -> None:
    imap = Imap(host="localhost", user=USER, password="one")
    settings = Email(address=USER, imap=imap, smtp=Smtp(host="localhost", user="sender", password="two"))
    logins = Installation().of(settings)
    assert await logins.credentials("imap") == Password(USER, "one")
    assert await logins.credentials("smtp") == Password("sender", "two")
    assert "one" not in repr(await logins.credentials("imap")) + repr(logins)


async def test_a_token_is_fetched_once_for_both_servers_and_all_processes_and_renewed_early(server: TokenServer) -> None:
    house = Installation()
    processes = [house.process(server.url) for _ in range(3)]
    found = await asyncio.gather(*(one.credentials(kind) for one in processes for kind in ("imap", "smtp") for _ in range(5)))
    assert set(found) == {Bearer(USER, "access-1")}
    assert server.asked == [
        {"client_id": "client-1", "client_secret": "secret-1", "grant_type": "refresh_token", "refresh_token": "refresh-1"}
    ]
    assert house.held == {}
    house.now_s += 3299
    assert await processes[0].credentials("imap") == Bearer(USER, "access-1")
    house.now_s += 2
    assert set(await asyncio.gather(*(one.credentials("imap") for one in processes))) == {Bearer(USER, "access-2")}
    assert server.most_in_flight == 1


async def test_a_token_that_a_server_refuses_is_replaced_and_no_other_process_falls_back_to_it(server: TokenServer) -> None:
    house = Installation()
    first, second = house.process(server.url), house.process(server.url)
    assert await first.credentials("imap") == await second.credentials("imap") == Bearer(USER, "access-1")
    assert await first.credentials("imap", refused="access-1") == Bearer(USER, "access-2")
    assert await second.credentials("imap", refused="access-1") == Bearer(USER, "access-2")
    assert len(server.asked) == 2


async def test_microsoft_is_asked_with_scopes_and_its_newest_refresh_token_is_used_and_kept(server: TokenServer) -> None:
    house = Installation()
    server.rotated = True
    for _ in range(3):
        await house.process(server.url, provider="microsoft").credentials("imap")
        house.now_s += 4000
        house.shelf.values.clear()
    assert [form["refresh_token"] for form in server.asked] == ["refresh-1", "refresh-of-1", "refresh-of-2"]
    scope = "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
    assert {form["scope"] for form in server.asked} == {scope}
    await house.process(server.url, provider="microsoft", refresh_token="refresh-9").credentials("imap")  # consented anew
    assert server.asked[-1]["refresh_token"] == "refresh-9"


async def test_where_the_newest_refresh_token_has_ended_the_configured_one_is_tried(server: TokenServer) -> None:
    house = Installation()
    server.rotated = True
    await house.process(server.url).credentials("imap")
    house.shelf.values.clear()
    server.answers = [(400, {"error": "invalid_grant"})]
    assert await house.process(server.url).credentials("imap") == Bearer(USER, "access-3")
    assert [form["refresh_token"] for form in server.asked] == ["refresh-1", "refresh-of-1", "refresh-1"]


async def test_an_application_logs_in_by_itself_where_nobody_consents(server: TokenServer) -> None:
    logins = Installation().process(server.url, provider="microsoft", refresh_token="")
    assert await logins.credentials("smtp") == Bearer(USER, "access-1")
    assert server.asked == [
        {
            "client_id": "client-1", "client_secret": "secret-1", "grant_type": "client_credentials",
            "scope": "https://outlook.office365.com/.default",
        }
    ]  # fmt: skip


async def test_refusals_have_names_that_tell_what_to_do_and_hold_no_secret(server: TokenServer, caplog: pytest.LogCaptureFixture) -> None:
    said = "AADSTS70008: The refresh token refresh-1 of customer@example.net has expired."
    for answer, expected in (
        ((400, {"error": "invalid_grant", "error_description": said}), ("consent_again", "invalid_grant (AADSTS70008)", True)),
        ((401, {"error": "invalid_client"}), ("client_refused", "invalid_client", True)),
        ((400, {"error": "a strange\nthing"}), ("token_odd", "HTTP 400", False)),
        ((200, {"access_token": "two\r\nlines"}), ("token_odd", "no access token in the answer", False)),
        ((200, b"{" * 100_000), ("token_odd", "HTTP 200", False)),
        ((503, b"busy"), ("token_unreachable", "HTTP 503", False)),
    ):
        server.answers = [answer]
        trouble = await refusal(Installation().process(server.url))
        assert (trouble.code, trouble.detail, trouble.is_lasting) == expected
        assert trouble.retry_after_s == (77.0 if answer[0] == 503 else 0.0)
    assert (await refusal(Installation().process("http://127.0.0.1:1/token"))).code == "token_unreachable"
    assert "refresh-1" not in caplog.text


async def test_a_token_server_that_says_nothing_is_given_up_in_time() -> None:
    async with ScriptedImap(greeting="") as silent:
        oauth = oauth_of(f"http://127.0.0.1:{silent.port}/token")
        silent.on["POST"] = silent.on["HOST:"] = lambda talk, *_: talk.hang()
        settings = settings_of(Imap(host="localhost", user=USER), oauth=oauth, timeout_s=0.1)
        assert (await refusal(Installation().of(settings))).code == "token_unreachable"


async def test_a_shelf_and_a_bus_that_are_away_cost_a_call_and_no_login(server: TokenServer) -> None:
    class Away(Shelf, Leases):
        def __init__(self) -> None:
            Shelf.__init__(self)
            Leases.__init__(self)

        async def get(self, name: str) -> str | None:
            raise OSError

        async def put(self, name: str, value: str, ttl_s: float) -> None:
            raise OSError

        async def take(self, name: str, ttl_s: float) -> bool:
            raise OSError

        async def give_back(self, name: str) -> None:
            raise OSError

    settings = settings_of(Imap(host="localhost", user=USER), oauth=oauth_of(server.url))
    logins = Logins(NAME, settings, shelf=Away(), notebook=Notebook(), leases=Away(), now_s=lambda: 1.0)
    for _ in range(2):
        assert await logins.credentials("imap") == Bearer(USER, "access-1")

    class Lost(Notebook):
        async def notebook(self, name: str) -> str:
            raise OSError

    logins = Logins(NAME, settings, shelf=Shelf(), notebook=Lost(), leases=Leases(), now_s=lambda: 1.0)
    assert (await refusal(logins)).code == "token_unreachable"  # and not "consent again": the newest refresh token is not known
