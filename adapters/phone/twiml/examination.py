"""Looks at a number in a cloud as the cloud does: can it come to us, is it believed only with its signature, and does it let us in.

A call that nobody has signed is posted to our own public address. It must be refused; nothing of it reaches a caller or the record.
"""

import ipaddress
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

import aiohttp
from msgspec import structs

from adapters.phone.driver import LineFailed
from adapters.phone.health import Page
from adapters.phone.tools import Tools
from adapters.phone.twiml.dialects import DIALECTS
from adapters.phone.twiml.rest import Rest
from config.phone import Phone
from gateway.core.channel import Verdict
from gateway.core.ids import ChannelName

TRY_S = 5.0
ANSWER_MAX_BYTES = 16_384
AWAY = frozenset({502, 503, 504, 521, 522, 523, 530})
"""What proxies say where nobody of ours answers; from 520 on they are a well-known one's own."""
FORGED: Mapping[str, str] = {"CallSid": "doctor", "CallStatus": "ringing"}
SIGNATURES: Mapping[str, str] = {"X-Twilio-Signature": "doctor", "X-SignalWire-Signature": "doctor"}
_PRIVATE = (".local", ".internal", ".localhost", ".lan", ".home.arpa", ".test", ".invalid")


Post = Callable[[str], Awaitable[tuple[int, bytes]]]


class Refusal(Exception):
    """Whoever answers can't be trusted to be us."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class TwimlExamination:
    """Of one number."""

    def __init__(self, name: ChannelName, settings: Phone, tools: Tools, *, post: Post | None = None) -> None:
        """`post`: another way to our own public address."""
        self._name = name
        self._settings = settings
        self._tools = tools
        self._post = post or post_forged

    async def made(self, page: Page | None) -> Verdict:
        """The first thing that is wrong, or what is good."""
        wrong = self._address()
        if wrong is not None:
            return wrong
        ours = await self._webhook(page is not None and page.is_of_now(self._tools.clock.now()))
        if not ours.is_ok:
            return ours
        account = await self._account()
        if account is None:
            return ours
        return structs.replace(ours, beside=(account,)) if account.is_ok else account

    # Our address

    def _address(self) -> Verdict | None:
        """What is wrong with it by its looks alone."""
        url = urlsplit(self._tools.public_url)
        if url.scheme != "https" or not url.hostname:
            return self._bad("twiml_no_https")
        return self._bad("twiml_private", host=url.hostname) if _is_private(url.hostname) else None

    async def _webhook(self, is_served: bool) -> Verdict:  # noqa: FBT001 - the only thing that is known
        """What becomes of a call that nobody has signed."""
        try:
            status, body = await self._post(self._url())
        except Refusal as error:
            return self._bad("twiml_certificate", detail=error.detail)
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            return self._good("twiml_untried", detail=type(error).__name__)
        if status == 403 and _code(body) == "forged":
            return self._good("twiml_good")
        if status in AWAY:
            return self._bad("twiml_away", code=str(status)) if is_served else self._good("twiml_untried", detail=str(status))
        return self._bad("twiml_let_in" if status < 300 else "twiml_elsewhere", code=str(status))

    def _url(self) -> str:
        return f"{self._tools.public_url.rstrip('/')}/phone/{self._name}/voice"

    # The cloud's

    async def _account(self) -> Verdict | None:
        """Whether the REST interface lets us in; None: no account is set, and no call is made by us."""
        twiml = self._settings.twiml
        rest = Rest(twiml, DIALECTS[twiml.signing], timeout_s=min(TRY_S, self._settings.timeout_s), sleep=self._tools.sleep)
        if not rest.is_usable:
            return None
        try:
            await rest.look()
        except LineFailed as error:
            key = {"forbidden": "twiml_login", "refused": "twiml_login", "busy": "twiml_busy"}.get(error.code, "twiml_unreachable")
            return self._bad(key, detail=str(error))
        finally:
            await rest.close()
        return self._good("twiml_account")

    def _good(self, key: str, **values: str) -> Verdict:
        return Verdict(is_ok=True, why=f"phone.{key}", values=self._values(values))

    def _bad(self, key: str, **values: str) -> Verdict:
        return Verdict(is_ok=False, why=f"phone.{key}", todo=f"phone.{key}_todo", values=self._values(values))

    def _values(self, values: dict[str, str]) -> dict[str, str]:
        twiml = self._settings.twiml
        own = {"url": self._url(), "public_url": self._tools.public_url or "?", "cloud": twiml.signing, "api_base": twiml.api_base}
        return {"name": self._name, **own, **values}


async def post_forged(url: str, *, tls: ssl.SSLContext | None = None) -> tuple[int, bytes]:
    """What becomes of a call that nobody has signed: status and the beginning of the answer.

    Raises Refusal where the certificate does not hold, aiohttp.ClientError and OSError. `tls`: whom to trust; None: whom everybody does.
    """
    timeout = aiohttp.ClientTimeout(total=TRY_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.post(
                url, data=dict(FORGED), headers=dict(SIGNATURES), allow_redirects=False, ssl=tls or ssl.create_default_context()
            ) as answer,
        ):  # fmt: skip
            return answer.status, await answer.content.read(ANSWER_MAX_BYTES)
    except aiohttp.ClientConnectorCertificateError as error:
        raise Refusal(_plain(error)) from None
    except aiohttp.ClientConnectorSSLError:
        raise Refusal("no TLS") from None


def _is_private(host: str) -> bool:
    """No cloud finds its way there. (What a name of the public DNS leads to from here says nothing: it may lead elsewhere from there.)"""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE)


def _code(body: bytes) -> str:
    """Of a refusal of ours (RFC 9457)."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(said.get("code", "")) if isinstance(said, dict) else ""


def _plain(error: aiohttp.ClientConnectorCertificateError) -> str:
    known = error.certificate_error
    return known.verify_message if isinstance(known, ssl.SSLCertVerificationError) else type(known).__name__
