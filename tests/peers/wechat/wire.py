"""How a push is written, and its response read: XML or JSON, in the clear, both ways, or sealed. Pure."""

import json
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.peers.wechat.account import Account, Fields
from tests.peers.wechat.sealing import Broken, seal, signature, unseal

LISTS = ("item",)


def written(fields: Fields, style: str) -> bytes:
    """The body of a push in the clear."""
    if style == "json":
        return json.dumps(fields, ensure_ascii=False).encode()
    return f"<xml>{''.join(_tag(name, value) for name, value in fields.items())}</xml>".encode()


def _tag(name: str, value: Any) -> str:
    match value:
        case dict():
            return f"<{name}>{''.join(_tag(*one) for one in value.items())}</{name}>"
        case str():
            return f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"
        case _:
            return f"<{name}>{escape(str(value))}</{name}>"


def push_of(account: Account, fields: Fields, *, timestamp: str, nonce: str, salt: bytes) -> tuple[dict[str, str], bytes]:
    """(query, body) of one attempt."""
    query = {"signature": signature(account.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
    query["openid"] = str(fields["FromUserName"])
    clear = written(fields, account.style)
    if account.mode == "plain":
        return query, clear
    sealed = seal(account.aes_key, clear, account.app_id, salt)
    query |= {"encrypt_type": "aes", "msg_signature": signature(account.token, timestamp, nonce, sealed)}
    both = {**fields, "Encrypt": sealed} if account.mode == "compatible" else {"ToUserName": fields["ToUserName"], "Encrypt": sealed}
    return query, written(both, account.style)


def reply_of(account: Account, openid: str, body: bytes) -> Fields | None:
    """What is said back; None: nothing. Raises Broken: what the platform can't make sense of."""
    if body in (b"", b"success"):
        return None
    fields = _read(body, account.style)
    if "Encrypt" in fields:
        if account.mode == "plain":
            raise Broken("sealed, but the account is set to plain")
        fields = _read(_opened(account, fields), account.style)
    elif account.mode == "safe":
        raise Broken("in the clear, but the account is set to safe")
    _check(account, openid, fields)
    return fields


def _opened(account: Account, fields: Fields) -> bytes:
    missing = [name for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce") if not fields.get(name)]
    if missing:
        raise Broken(f"sealed, without {', '.join(missing)}")
    wanted = signature(account.token, str(fields["TimeStamp"]), str(fields["Nonce"]), fields["Encrypt"])
    if fields["MsgSignature"] != wanted:
        raise Broken("sealed, with a signature that does not hold")
    return unseal(account.aes_key, fields["Encrypt"], account.app_id)


def _read(body: bytes, style: str) -> Fields:
    try:
        if style == "json":
            read = json.loads(body)
        else:
            root = ElementTree.fromstring(body.decode())
            read = _inner(root) if root.tag == "xml" else None
    except (ValueError, ElementTree.ParseError) as error:
        raise Broken(f"no {style}: {type(error).__name__}") from None
    if not isinstance(read, dict):
        raise Broken(f"no {style} of a reply")
    return read


def _inner(element: ElementTree.Element) -> Any:
    if not len(element):
        return element.text or ""
    if all(child.tag in LISTS for child in element):
        return [_inner(child) for child in element]
    return {child.tag: _inner(child) for child in element}


NEEDED = {
    "text": ("Content",), "image": ("Image",), "voice": ("Voice",), "video": ("Video",), "music": ("Music",), "news": ("Articles",),
    "transfer_customer_service": (),
}  # fmt: skip
"""PASSIVE_PAGE, and "将消息转发到客服"."""


def _check(account: Account, openid: str, fields: Fields) -> None:
    if (fields.get("ToUserName"), fields.get("FromUserName")) != (openid, account.original_id):
        raise Broken("ToUserName and FromUserName are not those of the push, changed about")
    if not str(fields.get("CreateTime", "")).isdigit():
        raise Broken("CreateTime is no number")
    kind = fields.get("MsgType")
    if kind not in NEEDED:
        raise Broken(f"MsgType {kind!r} can't be a reply")
    for name in NEEDED[kind]:
        if not fields.get(name):
            raise Broken(f"{kind} without {name}")
    content = fields.get("Content")
    if kind == "text" and (not isinstance(content, str) or len(content.encode()) > 2048):
        raise Broken("Content is over 2048 bytes")
