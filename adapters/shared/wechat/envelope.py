"""Around every push: is it the platform's, is it fresh, is it for us, what does it say. Around every answer on the line: the same seal.

Codes of what is refused, which the operator's notebook and `frontdesk doctor` know:
`signature` (a wrong Token, or somebody else), `stale` (over 10 minutes old, or our clock is wrong), `replayed` (a plain push's stamp with
another body), `key` (it deciphers to nonsense: a wrong EncodingAESKey), `app` (it is for another account), `not_encrypted` (weaker than the
configured mode). What is signed and still can't be read is BadInput: `bad_xml`, `bad_json`, `doctype`.

Rules: developers.weixin.qq.com, 消息推送 / 消息加解密说明 (seen 2026-11); 企业微信 回调配置 says the same, with a company's
id in place of the app's.
"""

import base64
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Mapping
from enum import StrEnum

import msgspec
from msgspec import Struct
from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException

from adapters.shared.wechat.fields import Fields, Read, clean, read, word
from gateway.core.channel import Raw
from gateway.core.errors import BadInput, Forged, TooLarge

BODY_MAX_BYTES = 64 * 1024
FRESH_MS = 10 * 60 * 1000
"""How far a push's timestamp may lie from our clock, either way."""
STAMPS_MAX_COUNT = 50_000
"""Of plain pushes; only who knows the Token can add one, so that nobody else can push the others out."""
ECHO_MAX_CHARS = 2_000
_APP_ID = re.compile(r"[A-Za-z0-9_-]{3,64}")
_STAMP = re.compile(r"\d{1,12}", re.ASCII)


class Mode(StrEnum):
    """How pushes come, from the weakest to the strongest."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    """In plain text and enciphered beside it: only what is enciphered is read, since nothing signs the rest."""
    SAFE = "safe"


class Opened(Struct, frozen=True):
    """A push that is the platform's own."""

    fields: Fields
    is_json: bool
    is_encrypted: bool


class Envelope:
    """Opens pushes to one account, and seals the answers. Keeps nothing but the stamps of plain pushes."""

    def __init__(self, *, token: str, app_id: str, aes_key: str = "", weakest: Mode = Mode.SAFE, signs_address: bool = True) -> None:
        """`app_id`: whom pushes are for, a company's id in WeCom. `signs_address`: the address holds `signature`, as in an Official
        Account; in WeCom only what is enciphered is signed."""
        self._token = token
        self._app_id = app_id
        self._key = base64.b64decode(aes_key + "=") if aes_key else b""
        self._crypto = PrpCrypto(self._key) if aes_key else None
        self._weakest = weakest
        self._signs_address = signs_address
        self._stamps: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def echo(self, raw: Raw) -> str:
        """What the check of the address wants back (GET of an Official Account). Raises BadInput or Forged."""
        self._check(raw, "signature")
        return _echoed(raw)

    def sealed_echo(self, raw: Raw) -> str:
        """The same in WeCom, where it is enciphered."""
        sealed = _echoed(raw)
        self._check(raw, "msg_signature", sealed)
        return self._decipher(sealed)

    def open(self, raw: Raw) -> Opened:
        """A push's fields. Verifies before it reads. Raises BadInput, Forged or TooLarge; nothing else."""
        if self._signs_address:
            self._check(raw, "signature")
        if len(raw.body) > BODY_MAX_BYTES:
            raise TooLarge("body_too_large", f"a body of at most {BODY_MAX_BYTES} bytes")
        if "msg_signature" in raw.query or not self._signs_address:
            return self._open_sealed(raw)
        if self._weakest is not Mode.PLAIN:
            raise Forged("not_encrypted", f"an enciphered push, as the mode {self._weakest.value} has it")
        return self._open_plain(raw)

    def seal(self, text: str, *, at_s: int, salt: str, is_json: bool) -> bytes:
        """An answer on the line, enciphered and signed as the platform wants it. The same values give the same bytes."""
        stamp, digest = str(at_s), hmac.digest(self._key, f"{salt}\0{at_s}\0{text}".encode(), "sha256")
        nonce = str(int.from_bytes(digest[:5], "big"))
        cipher = _Salted(self._key, digest[5:13].hex()).encrypt(text, self._app_id).decode()
        signature = self._signature(stamp, nonce, cipher)
        if is_json:
            return msgspec.json.encode({"Encrypt": cipher, "MsgSignature": signature, "TimeStamp": at_s, "Nonce": nonce})
        return (
            f"<xml><Encrypt><![CDATA[{cipher}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{stamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        ).encode()

    # ---- helpers ---------------------------------------------------------------------------------------------------------------

    def _open_sealed(self, raw: Raw) -> Opened:
        """What can't be read before it is deciphered is signed by nobody."""
        try:
            outer = read(raw.body)
        except BadInput:
            raise Forged("signature", "a push that is signed") from None
        cipher = word(outer.fields, "Encrypt")
        if not cipher and self._weakest is Mode.PLAIN and self._signs_address:
            return self._open_plain(raw)
        self._check(raw, "msg_signature", cipher)
        inner = read(self._decipher(cipher).encode("utf-8", "replace"))
        return Opened(inner.fields, inner.is_json, is_encrypted=True)

    def _open_plain(self, raw: Raw) -> Opened:
        """Its signature says nothing of the body, so each stamp holds for one body: a repeat of the platform's is the same."""
        stamp, digest = (raw.query["timestamp"], raw.query["nonce"]), hashlib.sha256(raw.body).digest()[:16]
        if self._stamps.get(stamp, digest) != digest:
            raise Forged("replayed", "a timestamp and nonce that came with this very body")
        found: Read = read(raw.body)
        if "Encrypt" in found.fields and "MsgType" not in found.fields:
            raise Forged("signature", "an enciphered push with its msg_signature")
        self._stamps[stamp] = digest
        while len(self._stamps) > STAMPS_MAX_COUNT:
            self._stamps.popitem(last=False)
        return Opened(found.fields, found.is_json, is_encrypted=False)

    def _check(self, raw: Raw, name: str, *signed: str) -> None:
        """The signature of an address, or of an address and what is enciphered. Raises Forged."""
        query = raw.query
        stamp, nonce, given = query.get("timestamp", ""), query.get("nonce", ""), query.get(name, "")
        wanted = self._signature(stamp, nonce, *signed)
        if not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "surrogatepass")):
            raise Forged("signature", "a push signed with this account's Token")
        if not _STAMP.fullmatch(stamp) or abs(raw.received_at_ms - int(stamp) * 1000) > FRESH_MS:
            raise Forged("stale", "a timestamp of the last 10 minutes; is this machine's clock right?")

    def _signature(self, *signed: str) -> str:
        together = "".join(sorted((self._token, *signed)))
        return hashlib.sha1(together.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()

    def _decipher(self, cipher: str) -> str:
        """The text that was enciphered. wechatpy lets whatever goes wrong inside escape: signed as it is, all of it means a wrong key."""
        if self._crypto is None:
            raise Forged("key", "an EncodingAESKey in the configuration: pushes come enciphered")
        try:
            text: str = self._crypto.decrypt(cipher, self._app_id)
        except InvalidAppIdException:
            raise self._not_ours(cipher) from None
        except Exception:  # UnicodeDecodeError, struct.error, IndexError, binascii.Error, ValueError of the cipher ...
            raise _nonsense() from None
        return text

    def _not_ours(self, cipher: str) -> Forged:
        """A push for somebody else, or nonsense that happened to go through: told by whether a readable id stands at its end."""
        plain: bytes = PrpCrypto(self._key).cipher.decrypt(base64.b64decode(cipher))
        content = plain[16 : -plain[-1]]
        receiver = content[4 + int.from_bytes(content[:4], "big") :].decode("latin-1")
        if not _APP_ID.fullmatch(receiver):
            return _nonsense()
        return Forged("app", "a push for this account: another app_id stands in it")


def stamp_of(query: Mapping[str, str]) -> int:
    """The seconds at which the platform sent a push that was verified."""
    return int(query["timestamp"])


def _nonsense() -> Forged:
    return Forged("key", "a push enciphered with this account's EncodingAESKey")


def _echoed(raw: Raw) -> str:
    echo = raw.query.get("echostr", "")
    if not echo or len(echo) > ECHO_MAX_CHARS or clean(echo) != echo:
        raise BadInput("bad_echo", "an echostr")
    return echo


class _Salted(PrpCrypto):  # type: ignore[misc]  # wechatpy ships no types
    """The cipher with its random beginning made from what is enciphered: a repeat gets the very same answer, and two differ."""

    def __init__(self, key: bytes, salt: str) -> None:
        super().__init__(key)
        self._salt = salt

    def get_random_string(self) -> str:
        return self._salt
