"""Pushes as WeChat makes them in safe mode, written by hand so that making one is much cheaper than taking it."""

import base64
import hashlib
import os
import struct
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bench.wechat_account import AES_KEY, APP_ID, TOKEN

_KEY = base64.b64decode(AES_KEY + "=")
_XML = (
    "<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime>"
    "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[%s]]></Content><MsgId>%d</MsgId></xml>"
)


def push(openid: str, message_id: int, text: str) -> tuple[str, bytes]:
    """(query, body) of one text message."""
    now = int(time.time())
    plain = (_XML % (openid, now, text, message_id)).encode()
    sealed = base64.b64encode(_encrypt(plain)).decode()
    stamp, nonce = str(now), str(message_id)
    query = f"signature={_sign(stamp, nonce)}&timestamp={stamp}&nonce={nonce}&openid={openid}&encrypt_type=aes"
    body = f"<xml><ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    return f"{query}&msg_signature={_sign(stamp, nonce, sealed)}", body.encode()


def _encrypt(plain: bytes) -> bytes:
    data = os.urandom(16) + struct.pack(">I", len(plain)) + plain + APP_ID.encode()
    pad = 32 - len(data) % 32
    cipher = Cipher(algorithms.AES(_KEY), modes.CBC(_KEY[:16])).encryptor()
    return cipher.update(data + bytes([pad]) * pad) + cipher.finalize()


def _sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted((TOKEN, *parts))).encode(), usedforsecurity=False).hexdigest()
