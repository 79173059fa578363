"""What must hold between and inside settings beyond their types: addresses, names that refer to each other, keys that exclude each other.

Each rule yields (the key's path, what was expected and what came). Pure: nothing is opened or tried; `frontdesk doctor` does that.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from config.email_rules import check_email, check_mailboxes
from config.forms import check_form
from config.outside import check_outside
from config.phone_rules import check_lines, check_phone
from config.problems import Found, Key
from config.schema import Api, Email, Phone, Settings, WebChat, WeChat, WeComKf
from config.triage import check_triage
from config.wechat_rules import check_accounts, check_wechat

T = TypeVar("T")

JWT_SECRET_MIN_BYTES = 32
"""RFC 7518, section 3.2: a key as long as the hash."""
RSA_KEY_MIN_BITS = 2048
"""RFC 7518, section 3.3."""
WEBHOOK_SECRET_BYTES = range(24, 65)
"""Standard Webhooks, "Signature scheme"."""
API_TOKEN_MIN_CHARS = 16

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MIME = re.compile(r"[a-z]+/[a-z0-9.+-]+")


def check(settings: Settings) -> Found:
    """Everything that is wrong with settings whose types are right."""
    yield from _gateway(settings)
    yield from _store_and_bus(settings)
    for section in ("queues", "hours", "channels"):
        yield from _names(section, getattr(settings, section))
    yield from _queues(settings)
    yield from check_outside(settings)
    yield from check_triage(settings)
    yield from check_accounts(settings.channels)
    yield from check_mailboxes(settings.channels)
    yield from check_lines(settings.channels)
    for name, channel in settings.channels.items():
        key = ("channels", name)
        if channel.queue not in settings.queues:
            yield (*key, "queue"), _unknown("queue", channel.queue, settings.queues)
        match channel:
            case WebChat():
                yield from _webchat(key, channel)
                yield from check_form(key, channel, settings)
                accounts = {name: one for name, one in settings.channels.items() if isinstance(one, WeChat)}
                if channel.link not in {"auto", "", *accounts}:
                    yield (*key, "link"), _unknown("Official Account", channel.link, accounts)
            case Api():
                yield from _api(key, channel)
            case WeChat() | WeComKf():
                yield from check_wechat(key, channel)
            case Email():
                yield from check_email(key, channel)
            case Phone():
                yield from check_phone(key, channel)


def split_listen(listen: str) -> tuple[str, int]:
    """Host and port of `listen`; port 0 is any free one. Raises ValueError."""
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ValueError(f'expected "address:port" such as "127.0.0.1:8080", got {listen!r}')
    return host.removeprefix("[").removesuffix("]"), int(port)


def _gateway(settings: Settings) -> Found:
    gateway = settings.gateway
    try:
        split_listen(gateway.listen)
    except ValueError as error:
        yield ("gateway", "listen"), str(error)
    if gateway.public_url and not _is_bare_url(gateway.public_url.removesuffix("/"), {"http", "https"}):
        yield ("gateway", "public_url"), f'expected a URL such as "https://help.example.com", without a path, got {gateway.public_url!r}'
    if not gateway.data_dir:
        yield ("gateway", "data_dir"), "expected a folder, got nothing"
    if not gateway.languages:
        yield ("gateway", "languages"), "expected at least one language"
    for tag in gateway.languages:
        if not _LANGUAGE.fullmatch(tag):
            yield ("gateway", "languages"), f'expected language tags such as "zh-CN" or "en", got {tag!r}'
    for network in gateway.trusted_proxies:
        if not _is_network(network):
            yield ("gateway", "trusted_proxies"), f'expected addresses or networks such as "10.0.0.0/8", got {network!r}'


def _store_and_bus(settings: Settings) -> Found:
    """Their URLs hold passwords, so a message names the scheme at most."""
    store, bus = _split(settings.store.url), _split(settings.bus.url)
    is_shared = store is not None and store.scheme == "postgresql"
    if is_shared and store is not None:
        if not store.path.strip("/") or not _has_good_port(store):
            yield ("store", "url"), 'expected "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"'
    elif store is None or store.scheme != "sqlite" or store.netloc or len(store.path) < 2:
        yield ("store", "url"), f'expected "sqlite:///PATH" or "postgresql://USER:PASSWORD@HOST/DATABASE", got {_scheme(store)}'
    if settings.bus.url == "local:":
        if is_shared:
            yield ("bus", "url"), 'expected "redis://HOST:PORT/0": the local bus keeps its log in SQLite, and the store is PostgreSQL'
    elif bus is None or bus.scheme not in {"redis", "rediss"} or not bus.hostname or not _has_good_port(bus):
        yield ("bus", "url"), f'expected "local:", "redis://HOST:PORT/0" or "rediss://...", got {_scheme(bus)}'


def _names(section: str, tables: Mapping[str, object]) -> Found:
    for name in tables:
        if not _NAME.fullmatch(name):
            yield (section, name), "expected a name of letters, digits, - and _, at most 64; what people read goes into a title"


def _queues(settings: Settings) -> Found:
    for name, queue in settings.queues.items():
        if queue.hours and queue.hours not in settings.hours:
            yield ("queues", name, "hours"), _unknown("hours", queue.hours, settings.hours)


def _webchat(key: Key, channel: WebChat) -> Found:
    for origin in channel.origins:
        if not _is_bare_url(origin, {"http", "https"}):
            yield (*key, "origins"), f'expected origins such as "https://www.example.com": scheme and host, nothing behind, got {origin!r}'
        elif origin != _as_browsers_say(origin):
            yield (*key, "origins"), f"expected {_as_browsers_say(origin)!r}, as browsers say it, got {origin!r}"
    yield from _jwt_keys(key, channel)
    for tag in channel.greeting:
        if not _LANGUAGE.fullmatch(tag):
            yield (*key, "greeting", tag), 'expected a language tag such as "zh-CN" or "en"'
    for mime in channel.file_types:
        if not _MIME.fullmatch(mime):
            yield (*key, "file_types"), f'expected types such as "image/png", got {mime!r}'


def _jwt_keys(key: Key, channel: WebChat) -> Found:
    if channel.jwt_secret and channel.jwt_public_key:
        yield (*key, "jwt_public_key"), "expected at most one of jwt_secret (HS256) and jwt_public_key (RS256), got both"
    elif channel.jwt_public_key and not _is_rsa_key(channel.jwt_public_key):
        yield (*key, "jwt_public_key"), "expected an RSA public key of 2048 bits or more in PEM: -----BEGIN PUBLIC KEY----- ..."
    if channel.jwt_secret and len(channel.jwt_secret.encode()) < JWT_SECRET_MIN_BYTES:
        yield (*key, "jwt_secret"), f"expected {JWT_SECRET_MIN_BYTES} bytes or more, got {len(channel.jwt_secret.encode())}"
    if "-----BEGIN" in channel.jwt_secret:
        yield (*key, "jwt_secret"), "expected a shared secret, got a key in PEM: a public one goes into jwt_public_key"


def _api(key: Key, channel: Api) -> Found:
    url = _split(channel.webhook_url)
    if url is None or url.scheme not in {"http", "https"} or not url.hostname or url.username or url.fragment or not _has_good_port(url):
        yield (*key, "webhook_url"), 'expected a URL such as "https://crm.example.com/frontdesk", without a password'
    if len(channel.token) < API_TOKEN_MIN_CHARS:
        yield (*key, "token"), f"expected {API_TOKEN_MIN_CHARS} characters or more, got {len(channel.token)}"
    if not _is_webhook_secret(channel.webhook_secret):
        yield (*key, "webhook_secret"), "expected whsec_ and the base64 of 24 to 64 random bytes"


def _unknown(what: str, name: str, known: Mapping[str, object]) -> str:
    return f"unknown {what} {name!r}; known: {', '.join(sorted(known)) or 'none'}"


def _split(url: str) -> SplitResult | None:
    return _tried(lambda: urlsplit(url))


def _scheme(url: SplitResult | None) -> str:
    return f'a URL that begins with "{url.scheme}:"' if url is not None and url.scheme else "something else"


def _has_good_port(url: SplitResult) -> bool:
    return _tried(lambda: (url.port,)) is not None


def _is_bare_url(text: str, schemes: set[str]) -> bool:
    url = _split(text)
    if url is None or url.scheme not in schemes or not url.hostname or not _has_good_port(url):
        return False
    return text == f"{url.scheme}://{url.netloc}" and "@" not in url.netloc and not set("*?#\\ ") & set(url.netloc)


def _as_browsers_say(origin: str) -> str:
    """A good origin in the form that browsers compare by (RFC 6454, section 6.2): small letters, no default port, no Unicode."""
    url = urlsplit(origin)
    host = url.hostname or ""
    try:
        host = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return origin
    shown = f"[{host}]" if ":" in host else host
    is_usual = url.port in (None, {"http": 80, "https": 443}[url.scheme])
    return f"{url.scheme}://{shown}" + ("" if is_usual else f":{url.port}")


def _is_rsa_key(pem: str) -> bool:
    """PyJWT would take a private key here, or one of another kind, and then refuse every customer."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # here: most configurations do without
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, TypeError):
        return False
    return isinstance(key, RSAPublicKey) and key.key_size >= RSA_KEY_MIN_BITS


def _is_network(text: str) -> bool:
    return _tried(lambda: ipaddress.ip_network(text, strict=False)) is not None


def _is_webhook_secret(secret: str) -> bool:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return False
    return secret.startswith("whsec_") and len(key) in WEBHOOK_SECRET_BYTES


def _tried(attempt: Callable[[], T]) -> T | None:
    try:
        return attempt()
    except ValueError:
        return None
