"""What must hold in the settings of WeChat channels beyond their types."""

import base64
import binascii
import ipaddress
import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlsplit

from config.problems import Found, Key
from config.wechat import NoticeTemplate, WeChat, WeComKf

_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")
"""As the backend asks for (developers.weixin.qq.com, 接入指南)."""
_FIELD = re.compile(r"\{\{\w+\.DATA\}\}", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def check_wechat(key: Key, channel: WeChat | WeComKf) -> Found:
    """Everything that is wrong with a WeChat channel."""
    if not _TOKEN.fullmatch(channel.token):
        yield (*key, "token"), "expected the Token of the backend: 3 to 32 letters and digits"
    if not _is_url(channel.api_base):
        yield (*key, "api_base"), 'expected a URL such as "https://api.weixin.qq.com"'
    elif not _is_private(channel.api_base):
        yield (*key, "api_base"), "expected https: the secret goes there; http only to an address of this machine or of your own network"
    for tag in channel.greeting:
        if not _LANGUAGE.fullmatch(tag):
            yield (*key, "greeting", tag), 'expected a language tag such as "zh-CN" or "en"'
    match channel:
        case WeChat():
            yield from _official(key, channel)
        case WeComKf():
            if not channel.corp_id:
                yield (*key, "corp_id"), "expected the company's id (企业ID), got nothing"
            if not channel.secret:
                yield (*key, "secret"), "expected the Secret of 微信客服, got nothing"
            yield from _aes_key(key, channel.aes_key)


def check_accounts(channels: Mapping[str, object]) -> Found:
    """No customer-service account is served by two channels: its customers would get every answer twice."""
    served: dict[tuple[str, str], str] = {}
    companies = Counter(channel.corp_id for channel in channels.values() if isinstance(channel, WeComKf))
    for name, channel in channels.items():
        if not isinstance(channel, WeComKf) or companies[channel.corp_id] == 1:
            continue
        if not channel.open_kfids:
            yield ("channels", name, "open_kfids"), "expected the accounts that are this channel's: another one is of the same company"
        for one in channel.open_kfids:
            other = served.setdefault((channel.corp_id, one), name)
            if other != name:
                yield ("channels", name, "open_kfids"), f"expected accounts of its own: {one} is of [channels.{other}] already"


def _official(key: Key, channel: WeChat) -> Found:
    if not channel.app_id:
        yield (*key, "app_id"), "expected the AppID (wx...), got nothing"
    if not channel.app_secret:
        yield (*key, "app_secret"), "expected the AppSecret, got nothing"
    if channel.mode != "plain" or channel.aes_key:
        yield from _aes_key(key, channel.aes_key)
    for name, words in channel.menu.items():
        if not words.strip():
            yield (*key, "menu", name), "expected the words that a tap on it asks, got nothing"
    for name, template in channel.templates.items():
        yield from _template((*key, "templates", name), template)


def _template(key: Key, template: NoticeTemplate) -> Found:
    if not template.id:
        yield (*key, "id"), "expected the template's id, got nothing"
    if not _FIELD.search(template.text):
        yield (*key, "text"), "expected the template's text with its fields, such as {{thing1.DATA}}"
    if template.url and not _is_url(template.url):
        yield (*key, "url"), "expected a URL that begins with https://"


def _aes_key(key: Key, text: str) -> Found:
    """The EncodingAESKey is the base64 of 32 bytes without its last sign (消息加解密说明)."""
    try:
        is_good = len(text) == 43 and len(base64.b64decode(text + "=", validate=True)) == 32
    except (binascii.Error, ValueError):
        is_good = False
    if not is_good:
        yield (*key, "aes_key"), f"expected the EncodingAESKey, 43 letters and digits, got {len(text)}"


def _is_private(text: str) -> bool:
    """Whether what is sent there can be read by nobody on the way."""
    url = urlsplit(text)
    if url.scheme == "https" or url.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(url.hostname or "").is_private
    except ValueError:
        return False


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in {"http", "https"} and bool(url.hostname) and url.username is None
    except ValueError:
        return False
