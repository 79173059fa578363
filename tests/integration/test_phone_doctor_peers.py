"""What the doctor says of a number behind an Asterisk, and of one in a cloud: with servers that answer as those do."""

import json
import re
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from aiohttp import web
from msgspec import convert

from adapters.phone.asterisk.examination import AsteriskExamination
from adapters.phone.health import Page
from adapters.phone.tools import Tools
from adapters.phone.twiml.dialects import Cloud as CloudName
from adapters.phone.twiml.examination import FORGED, SIGNATURES, Refusal, TwimlExamination, post_forged
from adapters.phone.twiml.signatures import check
from config.phone import Phone
from config.texts import load_texts
from gateway.core.channel import Verdict
from gateway.core.errors import Forged
from gateway.core.ids import ChannelName
from gateway.core.texts import Texts
from tests.peers.asterisk import AsteriskServer
from tests.peers.certificates import Certificates
from tests.peers.processes import free_port

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
NAME = ChannelName("hotline")
TEXTS = Texts(load_texts())
SERVED = Page(NOW, "", {}, NOW, "desk-1")
APP = "frontdesk"


def said(verdict: Verdict) -> tuple[bool, str]:
    """In English, where the words are whole in every language."""
    for language in ("en", "zh-CN", "zh-TW"):
        for one in (verdict, *verdict.beside):
            for key in filter(None, (one.why, one.todo)):
                assert "{" not in TEXTS.say(f"doctor.{key}", language, **one.values)
    return verdict.is_ok, "; ".join(TEXTS.say(f"doctor.{one.why}", "en", **one.values) for one in (verdict, *verdict.beside))


# Asterisk


@pytest.fixture
async def asterisk() -> AsyncIterator[AsteriskServer]:
    async with AsteriskServer() as server:
        server.rest.version = "22.6.0"
        server.exchange.apps[APP] = None
        yield server


async def behind(url: str, page: Page | None = None, **more: Any) -> tuple[bool, str]:
    given = {"url": url, "user": "frontdesk", "password": "s3cret-of-ari", **more}
    settings = convert({"type": "phone", "driver": "asterisk", "asterisk": given}, Phone)
    return said(await AsteriskExamination(NAME, settings, now=lambda: NOW).made(page))


async def test_an_asterisk_that_has_all_is_well(asterisk: AsteriskServer) -> None:
    assert await behind(asterisk.url, SERVED) == (True, "Asterisk 22.6.0 lets us in, has what we need, and knows frontdesk")
    assert await behind(asterisk.url, SERVED, media="audiosocket") == (
        True,
        "Asterisk 22.6.0 lets us in, has what we need, and knows frontdesk",
    )
    assert asterisk.requests[:3] == ["GET asterisk/info", "GET asterisk/modules/chan_websocket.so", "GET applications/frontdesk"]
    assert {asked.split()[0] for asked in asterisk.requests} == {"GET"}


@pytest.mark.parametrize("page", [None, Page(NOW, "", {}, NOW - timedelta(minutes=5), "desk-1")])
async def test_an_asterisk_that_nobody_of_ours_is_connected_with_is_well(asterisk: AsteriskServer, page: Page | None) -> None:
    assert await behind(asterisk.url, page) == (
        True,
        "Asterisk 22.6.0 lets us in and has what we need; no Frontdesk is connected with it just now",
    )


@pytest.mark.parametrize(
    ("version", "loaded", "media", "words"),
    [
        ("20.15.2", [], "websocket", "Asterisk 20.15.2 is older than chan_websocket (20.16, 21.11, 22.6, 23.0)"),
        ("18.26.1", [], "websocket", "Asterisk 18.26.1 is older than chan_websocket (20.16, 21.11, 22.6, 23.0)"),
        ("certified/20.7-cert4", [], "websocket", "Asterisk certified/20.7-cert4 is older than chan_websocket (20.16, 21.11, 22.6, 23.0)"),
        ("20.16.0", [], "websocket", "Asterisk 20.16.0 has not loaded chan_websocket.so"),
        ("23.0.0", [], "websocket", "Asterisk 23.0.0 has not loaded chan_websocket.so"),
        ("GIT-master-1a2b3c", [], "websocket", "Asterisk GIT-master-1a2b3c has not loaded chan_websocket.so"),
        ("18.26.1", ["res_audiosocket.so"], "audiosocket", "Asterisk 18.26.1 has not loaded chan_audiosocket.so"),
    ],
)
async def test_what_an_asterisk_lacks_is_named(asterisk: AsteriskServer, version: str, loaded: list[str], media: str, words: str) -> None:
    asterisk.rest.version, asterisk.rest.modules = version, set(loaded)
    assert await behind(asterisk.url, media=media) == (False, words)


async def test_an_asterisk_that_does_not_let_us_in_is_told_from_one_that_is_away(asterisk: AsteriskServer) -> None:
    assert await behind(asterisk.url, password="another") == (
        False,
        f"the Asterisk at {asterisk.url} refuses the user frontdesk (401)",
    )
    gone = f"http://127.0.0.1:{free_port()}"
    assert await behind(gone) == (False, f"the Asterisk at {gone} does not answer: ClientConnectorError")
    asterisk.refuses["asterisk/info"] = (404, "Not Found")
    assert await behind(asterisk.url) == (False, f"what answers at {asterisk.url} is no Asterisk with ARI (404)")


@pytest.mark.parametrize(
    ("page", "is_known", "words"),
    [
        (SERVED, False, "the Asterisk does not know frontdesk, so its dialplan goes on without us: ?"),
        (
            Page(None, "unreachable", {}, NOW, "desk-1"),
            True,
            "the Asterisk does not know frontdesk, so its dialplan goes on without us: unreachable",
        ),
        (Page(None, "replaced", {}, NOW, "desk-1"), True, "another program has taken the application frontdesk of the Asterisk at URL"),
    ],
)
async def test_who_should_be_connected_and_is_not_is_named(asterisk: AsteriskServer, page: Page, is_known: bool, words: str) -> None:
    if not is_known:
        asterisk.exchange.apps.clear()
    assert await behind(asterisk.url, page) == (False, words.replace("URL", asterisk.url))


# A cloud


class Cloud:
    """Its REST interface."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[tuple[str, str, str]] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path, request.headers.get("Authorization", "")))
        return web.json_response({"sid": "AC1", "status": "active"}, status=self.status)


@pytest.fixture
async def cloud() -> AsyncIterator[Cloud]:
    made, app = Cloud(), web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


OURS = json.dumps({"type": "about:blank", "status": 403, "code": "forged"}).encode()
PUBLIC = "https://help.example.com"


def tools(public_url: str) -> Tools:
    nothing: Any = None

    async def sleep(_: float) -> None: ...

    clock = cast("Any", SimpleNamespace(now=lambda: NOW))
    return Tools(
        secret=b"", clock=clock, data_dir=Path(), public_url=public_url, shelf=nothing, notebook=nothing, bus=nothing, files=nothing,
        languages=("en",), sleep=sleep,
    )  # fmt: skip


async def in_cloud(
    answers: tuple[int, bytes] | Exception, page: Page | None = SERVED, *, public_url: str = PUBLIC, **twiml: Any
) -> tuple[bool, str]:
    async def post(url: str) -> tuple[int, bytes]:
        assert url == f"{public_url}/phone/hotline/voice"
        if isinstance(answers, Exception):
            raise answers
        return answers

    settings = convert({"type": "phone", "driver": "twiml", "twiml": {"auth_token": "t0ken", **twiml}}, Phone)
    return said(await TwimlExamination(NAME, settings, tools(public_url), post=post).made(page))


REFUSED = "a call that nobody has signed was refused at https://help.example.com/phone/hotline/voice, as it must be"
UNTRIED = "https://help.example.com/phone/hotline/voice could not be tried from here"


@pytest.mark.parametrize(
    ("answers", "page", "found"),
    [
        ((403, OURS), SERVED, (True, REFUSED)),
        (TimeoutError(), SERVED, (True, f"{UNTRIED} (TimeoutError)")),
        ((502, b"<html>"), None, (True, f"{UNTRIED} (502)")),
        ((502, b"<html>"), SERVED, (False, "the proxy at https://help.example.com/phone/hotline/voice does not reach Frontdesk (502)")),
        ((403, b"<html>"), SERVED, (False, "what answers at https://help.example.com/phone/hotline/voice is not this channel (403)")),
        ((403, b'{"code": 7}'), SERVED, (False, "what answers at https://help.example.com/phone/hotline/voice is not this channel (403)")),
        ((302, b""), SERVED, (False, "what answers at https://help.example.com/phone/hotline/voice is not this channel (302)")),
        ((404, OURS), SERVED, (False, "what answers at https://help.example.com/phone/hotline/voice is not this channel (404)")),
        (
            (200, b"<Response/>"),
            SERVED,
            (
                False,
                "something else answers at https://help.example.com/phone/hotline/voice: it took a call that nobody has signed (200)",
            ),
        ),
        (
            Refusal("certificate has expired"),
            SERVED,
            (False, "no cloud trusts the certificate of https://help.example.com/phone/hotline/voice: certificate has expired"),
        ),
    ],
)
async def test_a_call_that_nobody_has_signed_must_be_refused_by_us(
    answers: tuple[int, bytes] | Refusal | OSError, page: Page | None, found: tuple[bool, str]
) -> None:
    assert await in_cloud(answers, page) == found


@pytest.mark.parametrize(
    ("public_url", "words"),
    [
        ("", "the cloud needs a public https address to come to; [gateway] public_url is ?"),
        ("http://help.example.com", "the cloud needs a public https address to come to; [gateway] public_url is http://help.example.com"),
        ("https://10.1.2.3", "no cloud finds its way to 10.1.2.3: it is an address of an inner network"),
        ("https://[fd00::1]:8443", "no cloud finds its way to fd00::1: it is an address of an inner network"),
        ("https://desk", "no cloud finds its way to desk: it is an address of an inner network"),
        ("https://desk.corp.internal", "no cloud finds its way to desk.corp.internal: it is an address of an inner network"),
    ],
)
async def test_an_address_that_no_cloud_can_come_to_is_named_and_nothing_is_sent(public_url: str, words: str) -> None:
    assert await in_cloud(AssertionError("sent"), public_url=public_url) == (False, words)


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (200, (True, f"{REFUSED}; the account of twilio lets us in")),
        (401, (False, "twilio refuses the account: the cloud answered 401")),
        (404, (False, "twilio refuses the account: the cloud answered 404")),
        (429, (False, "twilio says that we ask too often: the cloud answered 429")),
        (503, (False, "URL can't be had: the cloud answered 503")),
    ],
)
async def test_the_account_is_looked_at_and_nothing_else(cloud: Cloud, status: int, found: tuple[bool, str]) -> None:
    cloud.status = status
    assert await in_cloud((403, OURS), account="AC1", api_base=cloud.url) == (found[0], found[1].replace("URL", cloud.url))
    assert cloud.asked == [("GET", "/2010-04-01/Accounts/AC1.json", "Basic QUMxOnQwa2Vu")]


@pytest.mark.parametrize("name", ["twilio", "signalwire", "telnyx"])
def test_what_is_posted_is_no_clouds_call(name: CloudName) -> None:
    with pytest.raises(Forged) as told:
        check(name, "aGVsbG8=", url=PUBLIC, body=urlencode(FORGED).encode(), headers=SIGNATURES, now_s=1_795_000_000)
    assert told.value.code == "forged"


async def test_without_an_account_no_cloud_is_asked(cloud: Cloud) -> None:
    assert await in_cloud((403, OURS), api_base=cloud.url) == (True, REFUSED)
    assert cloud.asked == []


async def test_a_forged_call_is_posted_as_a_cloud_would_and_only_where_the_certificate_holds(tmp_path: Path) -> None:
    certificates, seen = Certificates(tmp_path), []

    async def take(request: web.Request) -> web.Response:
        seen.append((request.path, dict(await request.post()), request.headers["X-Twilio-Signature"]))
        return web.Response(status=403, body=OURS)

    app = web.Application()
    app.router.add_post("/phone/hotline/voice", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificates.serving()).start()
    url = f"https://127.0.0.1:{runner.addresses[0][1]}/phone/hotline/voice"
    assert await post_forged(url, tls=certificates.trusting()) == (403, OURS)
    assert seen == [("/phone/hotline/voice", {"CallSid": "doctor", "CallStatus": "ringing"}, "doctor")]
    with pytest.raises(Refusal, match=re.compile("issuer|self.signed")):
        await post_forged(url, tls=ssl.create_default_context())
    await runner.cleanup()
    with pytest.raises(OSError, match=str(url.split(":")[2].split("/")[0])):
        await post_forged(url, tls=certificates.trusting())
