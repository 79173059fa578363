"""What must hold in the settings of email channels beyond their types."""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from config.email import Email, Imap, Smtp
from config.problems import Found, Key

_ADDRESS = re.compile(r"[^\s@<>\"(),;:\\\[\]]{1,64}@[^\s@<>\"(),;:\\\[\]]{1,253}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NO_TENANT = ("", "common", "organizations", "consumers")
_BREAK = re.compile(r"[\x00-\x1f\x7f]")


def check_email(key: Key, channel: Email) -> Found:
    """Everything that is wrong with an email channel."""
    if not is_address(channel.address):
        yield (*key, "address"), 'expected an address such as "support@example.com"'
    for name in ("aliases", "forms"):
        for one in getattr(channel, name):
            if not is_address(one):
                yield (*key, name), 'expected addresses such as "sales@example.com"'
                break
    if _BREAK.search(channel.name):
        yield (*key, "name"), "expected a name on one line"
    for tag in channel.signature:
        if not _LANGUAGE.fullmatch(tag):
            yield (*key, "signature", tag), 'expected a language tag such as "zh-CN" or "en"'
    if not channel.imap.mailboxes:
        yield (*key, "imap", "mailboxes"), 'expected at least one mailbox, such as "INBOX"'
    yield from _server((*key, "imap"), channel.imap)
    yield from _server((*key, "smtp"), channel.smtp)
    yield from _login(key, channel)
    if channel.envelope == "verp" and not channel.plus_address:
        yield (*key, "envelope"), "expected plus_address = true with verp: bounces come back to support+...@"


def check_mailboxes(channels: Mapping[str, object]) -> Found:
    """No mailbox is read by two channels: its customers would get every answer twice."""
    read: dict[tuple[str, str, str], str] = {}
    for name, channel in channels.items():
        if isinstance(channel, Email):
            for mailbox in channel.imap.mailboxes:
                other = read.setdefault((channel.imap.host.lower(), channel.imap.user, mailbox), name)
                if other != name:
                    yield ("channels", name, "imap"), f"expected mailboxes of its own: {mailbox} is read by [channels.{other}] already"


def is_address(text: str) -> bool:
    """Whether this is a plain mail address."""
    return _ADDRESS.fullmatch(text) is not None and ".." not in text


def _server(key: Key, server: Imap | Smtp) -> Found:
    if not server.host:
        yield (*key, "host"), "expected the server's name, got nothing"
    elif server.security == "none" and not _is_private(server.host):
        yield (*key, "security"), '"tls" or "starttls": passwords and mails go there; "none" only to this machine or a network of your own'
    if isinstance(server, Imap) and not server.user:
        yield (*key, "user"), "expected the mailbox's login, got nothing"


def _login(key: Key, channel: Email) -> Found:
    oauth = channel.oauth
    if not oauth.provider:
        if not channel.imap.password:
            yield (*key, "imap", "password"), "expected a password or an authorization code, or [oauth]"
        if channel.smtp.user and not channel.smtp.password:
            yield (*key, "smtp", "password"), "expected a password or an authorization code, or [oauth]"
        return
    if not oauth.client_id:
        yield (*key, "oauth", "client_id"), "expected the application's id, got nothing"
    if oauth.provider == "google" and not oauth.refresh_token:
        yield (*key, "oauth", "refresh_token"), "expected the refresh token of the mailbox's owner, got nothing"
    if oauth.provider == "microsoft" and not (oauth.refresh_token or oauth.client_secret):
        yield (*key, "oauth", "refresh_token"), "expected a refresh token, or a client_secret (client credentials)"
    is_alone = oauth.provider == "microsoft" and oauth.client_secret and not oauth.refresh_token
    if is_alone and oauth.tenant in _NO_TENANT and not oauth.token_url:
        yield (*key, "oauth", "tenant"), "expected the directory's id: an application by itself belongs to one directory"
    if oauth.token_url and urlsplit(oauth.token_url).scheme != "https" and not _is_private(urlsplit(oauth.token_url).hostname or ""):
        yield (*key, "oauth", "token_url"), "expected https: a secret goes there"


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith((".local", ".internal", ".localhost")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host
