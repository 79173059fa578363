"""The rules of the systems that the bot asks: their addresses, and what is sent along. Pure."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from config.problems import Found, Key
from config.schema import Action, Answerer, Settings

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "content-type", "cookie"})
"""Headers that belong to the call itself."""
_INSIDE = (".internal", ".local", ".lan", ".svc", ".cluster.local", ".home.arpa")
_PROBE = re.compile(r"/[\w~.-]*(?:/[\w~.-]+)*/?", re.ASCII)


def check_outside(settings: Settings) -> Found:
    """Everything that is wrong with `[bot.actions.NAME]` and `[bot.answerer]`."""
    for name, action in settings.bot.actions.items():
        yield from _action(("bot", "actions", name), action)
    yield from _answerer(("bot", "answerer"), settings.bot.answerer)


def _action(key: Key, action: Action) -> Found:
    yield from _address((*key, "base_url"), action.base_url)
    if not action.methods:
        yield (*key, "methods"), "expected GET, POST or both, got none"
    for name, value in action.headers.items():
        yield from _header((*key, "headers", name), name)
        if not value or any(ord(char) < 32 or ord(char) > 255 or ord(char) == 127 for char in value):
            yield (*key, "headers", name), "expected a value without line breaks, in Latin letters"
    for name in action.customer:
        yield from _header((*key, "customer", name), name)
        if name.lower() in {other.lower() for other in action.headers}:
            yield (*key, "customer", name), "expected a header that `headers` does not set"
    if action.probe and (not _PROBE.fullmatch(action.probe) or ".." in action.probe):
        yield (*key, "probe"), 'expected a path such as "/health"'


def _answerer(key: Key, answerer: Answerer) -> Found:
    if not answerer.base_url:
        return
    yield from _address((*key, "base_url"), answerer.base_url)
    if not answerer.model:
        yield (*key, "model"), "expected the model's name, as the endpoint calls it"


def _address(key: Key, written: str) -> Found:
    """Its URL may hold nothing that a call would carry along unseen, and secrets travel encrypted but inside the house."""
    try:
        url = urlsplit(written)
        _ = url.port
    except ValueError:
        url = SplitResult("", "", "", "", "")
    is_clean = (
        written.isascii() and written.isprintable() and not set(" \\?#@%") & set(written) and ".." not in written and "//" not in url.path
    )
    if url.scheme not in ("http", "https") or not url.hostname or not is_clean:
        yield key, 'expected a URL such as "https://orders.example.com/api", without password, query or fragment'
    elif url.scheme == "http" and not _is_inside(url.hostname):
        yield key, f"expected https: {url.hostname} is not a host of your own network"


def _is_inside(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_INSIDE)
    return address.is_private or address.is_loopback


def _header(key: Key, name: str) -> Found:
    if not _HEADER.fullmatch(name) or name.lower() in _OURS:
        yield key, "expected the name of a header such as Authorization or X-Customer"
