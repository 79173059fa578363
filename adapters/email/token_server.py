"""The token servers of Google and Microsoft: what they are asked, and what their answers mean.

Google: developers.google.com/identity/protocols/oauth2/web-server, "Refreshing an access token". Microsoft: learn.microsoft.com,
"Authenticate an IMAP, POP or SMTP connection using OAuth", "OAuth 2.0 authorization code flow", "client credentials flow". Seen 2026-11.
"""

import re
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from config.email import OAuth
from gateway.core.errors import FrontdeskError

ANSWER_MAX_BYTES = 65_536
GOOGLE_URL = "https://oauth2.googleapis.com/token"
MICROSOFT_URL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
MICROSOFT_SCOPE = "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
MICROSOFT_APP_SCOPE = "https://outlook.office365.com/.default"
_AADSTS = re.compile(r"AADSTS\d{1,10}")


class LoginTrouble(FrontdeskError):
    """There is nothing to log in with. `code`:

    `consent_again`: the owner's consent has ended or was taken back; `client_refused`: the application's id, secret or rights;
    `token_unreachable`: the token server can't be reached, or is busy; `token_odd`: it answered something else. `detail` is the vendor's
    own word. `is_lasting`: trying again changes nothing before somebody acts.
    """

    def __init__(self, code: str, detail: str = "", *, is_lasting: bool = False, retry_after_s: float = 0.0) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.is_lasting = is_lasting
        self.retry_after_s = retry_after_s


_LASTING = {
    "invalid_grant": "consent_again",
    "interaction_required": "consent_again",
    "invalid_client": "client_refused",
    "unauthorized_client": "client_refused",
    "invalid_scope": "client_refused",
    "access_denied": "client_refused",
    "invalid_request": "client_refused",
    "unsupported_grant_type": "client_refused",
    "invalid_resource": "client_refused",
}
"""The `error` of an answer (RFC 6749, section 5.2; the rest is Microsoft's) -> our code."""


async def refreshed(oauth: OAuth, refresh_token: str, timeout_s: float) -> dict[str, Any]:
    """The answer to a refresh token. Raises LoginTrouble, nothing else."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return await _post(oauth, form if oauth.provider == "google" else {**form, "scope": MICROSOFT_SCOPE}, timeout_s)


async def granted(oauth: OAuth, timeout_s: float) -> dict[str, Any]:
    """The answer to the application itself (client credentials). Raises LoginTrouble, nothing else."""
    return await _post(oauth, {"grant_type": "client_credentials", "scope": MICROSOFT_APP_SCOPE}, timeout_s)


async def _post(oauth: OAuth, form: dict[str, str], timeout_s: float) -> dict[str, Any]:
    sent = {"client_id": oauth.client_id, **({"client_secret": oauth.client_secret} if oauth.client_secret else {}), **form}
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()) as http,
            http.post(_url(oauth), data=sent, allow_redirects=False, headers={"Accept": "application/json"}) as response,
        ):
            return _judged(response.status, response.headers.get("Retry-After", ""), await _whole(response))
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise LoginTrouble("token_unreachable", type(error).__name__) from None


def _url(oauth: OAuth) -> str:
    if oauth.token_url:
        return oauth.token_url
    return GOOGLE_URL if oauth.provider == "google" else MICROSOFT_URL.format(tenant=quote(oauth.tenant, safe=""))


def _judged(status: int, retry_after: str, body: bytes) -> dict[str, Any]:
    """The JSON of a good answer. Raises LoginTrouble."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        answer = None
    if status == 429 or status >= 500:
        wait_s = min(float(retry_after), 3600.0) if retry_after.isascii() and retry_after.isdigit() else 0.0
        raise LoginTrouble("token_unreachable", f"HTTP {status}", retry_after_s=wait_s)
    if not isinstance(answer, dict):
        raise LoginTrouble("token_odd", f"HTTP {status}")
    if status == 200:
        return answer
    error = answer.get("error")
    word = error if isinstance(error, str) and re.fullmatch(r"[a-z_]{1,60}", error) else f"HTTP {status}"
    found = _AADSTS.search(str(answer.get("error_description", ""))[:2000])
    detail = f"{word} ({found.group()})" if found else word
    raise LoginTrouble(_LASTING.get(word, "token_odd"), detail, is_lasting=word in _LASTING)


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """The body, cut off behind `ANSWER_MAX_BYTES`: such an answer can't be read then."""
    pieces, size = [], 0
    async for piece in response.content.iter_any():
        pieces.append(piece)
        size += len(piece)
        if size > ANSWER_MAX_BYTES:
            break
    return b"".join(pieces)
