"""The cloud's REST interface: calls that we make, a call that is to turn to something else at once, and recordings.

Only ever below `api_base`: a webhook names ids, never addresses that we fetch from.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from adapters.phone.audio import Pcm
from adapters.phone.driver import LineFailed
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.shaping import resampled, to_pcm
from adapters.phone.speech.wav import read_wav
from adapters.phone.tools import Sleep
from adapters.phone.twiml.dialects import Dialect
from adapters.phone.twiml.verbs import RING_MIN_S
from config.phone import Twiml

ANSWER_MAX_BYTES = 64 * 1024
RECORDING_MAX_BYTES = 32 * 1024 * 1024
"""Half an hour of 8 kHz, 16 bit. A longer one stays at the cloud."""
IDLE_S = 10.0
RECORDING_LOOK_S = 1.0
"""How often it is asked whether a recording is there by now."""
_ID = re.compile(r"[A-Za-z0-9_:-]{2,128}")
_CODES = {401: "forbidden", 403: "forbidden", 404: "refused", 429: "busy"}


class Rest:
    """One account's. Connections are made when they are needed."""

    def __init__(self, settings: Twiml, dialect: Dialect, *, timeout_s: float, sleep: Sleep = asyncio.sleep) -> None:
        account, _, self._application = settings.account.partition("/")
        self._account = account
        self._base = settings.api_base.rstrip("/")
        self._dialect = dialect
        self._token = settings.api_token or settings.auth_token
        self._timeout_s = timeout_s
        self._sleep = sleep
        self._http: aiohttp.ClientSession | None = None

    @property
    def is_usable(self) -> bool:
        """An account is known, and what it is opened by."""
        return bool(self._account and self._token)

    def meet(self, account: str) -> None:
        """Whose calls these are, as a signed webhook says: where the configuration does not, and one key does for both."""
        if not self._account and _ID.fullmatch(account) and self._dialect.is_one_key:
            self._account = account

    async def dial(self, target: str, *, caller_id: str, ring_s: float, answered: str, news: str) -> str:
        """Call somebody; the cloud comes to `answered` once they take it. Its id of the call. Raises LineFailed."""
        form = {"To": target, "From": caller_id, "Url": answered, "Timeout": str(max(RING_MIN_S, round(ring_s))), "StatusCallback": news}
        if self._application:
            form["ApplicationSid"] = self._application
        made = await self._asked("POST", "Calls", {**form, "Method": "POST", "StatusCallbackMethod": "POST"})
        sid = made.get("sid") or made.get("call_sid")
        if not isinstance(sid, str) or not _ID.fullmatch(sid):
            raise LineFailed("the cloud's answer names no call", code="unreachable")
        return sid

    async def turn(self, call: str, address: str) -> None:
        """Break off what the call does now, and have it come to `address`. Raises LineFailed."""
        await self._asked("POST", f"Calls/{_known(call)}", {"Url": address, "Method": "POST"})

    async def end(self, call: str) -> None:
        """Hang up. Raises LineFailed."""
        await self._asked("POST", f"Calls/{_known(call)}", {"Status": "completed"})

    async def record(self, call: str, news: str) -> str:
        """Record both sides of a call from now on; the recording's id. Raises LineFailed."""
        form = {"RecordingStatusCallback": news, "RecordingStatusCallbackMethod": "POST"}
        made = await self._asked("POST", f"Calls/{_known(call)}/Recordings", form)
        return str(made.get("sid", ""))

    async def recording(self, name: str, within_s: float) -> Pcm:
        """A recording, once the cloud has made it ready; it may take seconds. Raises LineFailed."""
        path = f"Recordings/{_known(name)}.wav"
        try:
            async with asyncio.timeout(within_s):
                while True:
                    try:
                        return _sound(await self._whole("GET", path, None, RECORDING_MAX_BYTES))
                    except LineFailed as error:
                        if error.code not in ("refused", "unreachable", "busy"):
                            raise
                    await self._sleep(RECORDING_LOOK_S)
        except TimeoutError:
            raise LineFailed("the recording did not come in time", code="unreachable") from None

    async def look(self) -> None:
        """Ask for the account itself: whether it lets us in. Raises LineFailed."""
        await self._asked("GET", "", None)

    async def close(self) -> None:
        """Let go of the connections. A later call opens new ones."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _asked(self, method: str, path: str, form: Mapping[str, str] | None) -> dict[str, Any]:
        body = await self._whole(method, path + self._dialect.ends, form, ANSWER_MAX_BYTES)
        try:
            answer = msgspec.json.decode(body)
        except (msgspec.DecodeError, ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise LineFailed("the cloud's answer can't be read", code="unreachable")
        return answer

    async def _whole(self, method: str, path: str, form: Mapping[str, str] | None, max_bytes: int) -> bytes:
        if not self.is_usable:
            raise LineFailed("expected `twiml.account`, for calls of ours to the cloud", code="unable")
        place = self._dialect.accounts.format(account=self._account)
        url = URL(f"{self._base}{place}{'' if path.startswith('.') or not path else '/'}{path}", encoded=True)
        try:
            async with self._session().request(method, url, data=form, allow_redirects=False) as response:
                if response.status >= 300:
                    code = _CODES.get(response.status, "unreachable" if response.status >= 500 else "refused")
                    raise LineFailed(f"the cloud answered {response.status}", code=code)
                return await _bounded(response, max_bytes)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise LineFailed(f"the cloud can't be reached ({type(error).__name__})", code="unreachable") from None

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None or self._http.closed:
            bearer, basic = f"Bearer {self._token}", aiohttp.encode_basic_auth(self._account, self._token)
            self._http = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout_s, sock_connect=self._timeout_s / 2),
                connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_S), cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Authorization": bearer if self._dialect.is_bearer else basic},
            )  # fmt: skip
        return self._http


async def _bounded(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    found = bytearray()
    async for piece in response.content.iter_any():
        found += piece
        if len(found) > max_bytes:
            raise LineFailed(f"expected at most {max_bytes} bytes", code="unable")
    return bytes(found)


def _known(name: str) -> str:
    """An id of the cloud's, as it may stand in a path."""
    if not _ID.fullmatch(name):
        raise LineFailed("expected an id of the cloud's", code="unable")
    return name


def _sound(content: bytes) -> Pcm:
    try:
        samples, rate_hz = read_wav(content)
        return to_pcm(resampled(samples, rate_hz))
    except SpeechFailed:
        raise LineFailed("the recording is no sound that can be read", code="unable") from None
