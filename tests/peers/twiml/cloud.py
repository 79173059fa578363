"""A cloud with callers: it posts signed webhooks, does what the answers say as a caller would hear it, and serves the REST interface.

Time is the test's: what is played, and how long nothing comes, moves its clock. A call runs until somebody has to do something
(`call.listening`), then the test presses, speaks, waits or hangs up. A rule that is not kept fails the test (`rules.Broken`).
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes import FrozenClock
from tests.peers.twiml.call import ACCOUNT, CloudCall
from tests.peers.twiml.rules import Broken

TOKEN = "mellifluous-token"
PUBLIC = "https://help.example.com"
OURS = "+12025550100"


@dataclass(frozen=True)
class Got:
    """An HTTP answer."""

    status: int
    content_type: str
    body: bytes


Door = Callable[[str, str, bytes, Mapping[str, str]], Awaitable[Got]]
"""(method, path and query, body, headers)"""


def signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """Twilio's, written down from its page and not from our code."""
    text = url
    for name in sorted(form):
        text += name + form[name]
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


class Cloud:
    """The cloud. `phones`: how those end up that we dial, by target: answers, busy, no-answer, failed."""

    def __init__(self, door: Door, clock: FrozenClock, *, public: str = PUBLIC, token: str = TOKEN) -> None:
        self.door = door
        self.clock = clock
        self.public = public
        self.token = token
        self.phones: dict[str, str] = {}
        self.recordings: dict[str, bytes] = {}
        self.calls: dict[str, CloudCall] = {}
        self.refuses = 0
        """With this status every REST request is answered, where it is not 0."""
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    async def ring(self, number: str = "+8613800138000", **extra: str) -> "CloudCall":
        """Somebody calls us."""
        call = CloudCall(self, self._sid(), number, OURS, extra)
        self.calls[call.sid] = call
        call.status = "ringing"
        await call.fetch(f"{self.public}/phone/hotline/voice")
        return call

    async def post(self, url: str, form: Mapping[str, str]) -> Got:
        """A signed webhook, as it goes over the wire."""
        if not url.startswith(self.public):
            raise Broken(f"expected an address below {self.public}, got {url}")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8", "X-Twilio-Signature": signature(self.token, url, form),
            "I-Twilio-Idempotency-Token": hashlib.sha1(url.encode() + urlencode(form).encode()).hexdigest(),
        }  # fmt: skip
        async with asyncio.timeout(30):
            return await self.door("POST", url.removeprefix(self.public), urlencode(form).encode(), headers)

    async def sound_ms(self, url: str) -> int:
        """Fetch what is to be played, and how long it is: 8 kHz, 16 bit."""
        got = await self.door("GET", url.removeprefix(self.public), b"", {})
        if got.status != 200 or got.content_type != "audio/wav" or got.body[:4] != b"RIFF":
            raise Broken(f"expected a sound at {url}, got {got.status}")
        return (len(got.body) - 44) // 16

    def _sid(self) -> str:
        return f"CA{len(self.calls) + 1:032x}"

    # The REST interface

    def api(self) -> web.Application:
        """Its routes, to be served on loopback."""
        app = web.Application()
        base = f"/2010-04-01/Accounts/{ACCOUNT}"
        app.router.add_get(f"{base}.json", self._account)
        app.router.add_post(f"{base}/Calls.json", self._call)
        app.router.add_post(base + "/Calls/{sid}.json", self._change)
        app.router.add_post(base + "/Calls/{sid}/Recordings.json", self._record)
        app.router.add_get(base + "/Recordings/{name}.wav", self._recording)
        return app

    async def _form(self, request: web.Request) -> dict[str, str]:
        expected = base64.b64encode(f"{ACCOUNT}:{self.token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            raise web.HTTPUnauthorized
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append((request.method, request.path.partition(ACCOUNT)[2], form))
        if self.refuses:
            raise _refusal(self.refuses)
        return form

    async def _account(self, request: web.Request) -> web.Response:
        await self._form(request)
        return web.json_response({"sid": ACCOUNT, "status": "active"})

    async def _call(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        call = CloudCall(self, self._sid(), OURS, form["To"], {})
        call.news, call.answered_at = form["StatusCallback"], form["Url"]
        self.calls[call.sid] = call
        return web.json_response({"sid": call.sid, "status": "queued"}, status=201)

    async def _change(self, request: web.Request) -> web.Response:
        form = await self._form(request)
        call = self.calls.get(request.match_info["sid"])
        if call is None or call.is_over:
            raise web.HTTPNotFound
        call.turned_to = form.get("Url", "")
        call.is_ended_by_api = form.get("Status") == "completed"
        call.turned.set()
        return web.json_response({"sid": call.sid})

    async def _record(self, request: web.Request) -> web.Response:
        await self._form(request)
        return web.json_response({"sid": "RE" + "1" * 32}, status=201)

    async def _recording(self, request: web.Request) -> web.Response:
        await self._form(request)
        content = self.recordings.get(request.match_info["name"])
        if content is None:
            raise web.HTTPNotFound  # it is not ready yet
        return web.Response(body=content, content_type="audio/x-wav")


def _refusal(status: int) -> web.HTTPException:
    return {401: web.HTTPUnauthorized(), 400: web.HTTPBadRequest(), 429: web.HTTPTooManyRequests()}.get(
        status, web.HTTPInternalServerError()
    )
