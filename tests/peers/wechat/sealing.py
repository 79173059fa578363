"""Signatures and the cipher of pushes, the platform's side: 消息加解密说明 (guide/dev/push/encryption). Pure."""

import base64
import hashlib
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32


class Broken(Exception):
    """What came back is not what was agreed upon; the words say how."""


def signature(*parts: str) -> str:
    """Of a push: token, timestamp, nonce; of a ciphertext also that."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def seal(key43: str, text: bytes, receiver: str, salt: bytes) -> str:
    """Base64 of AES-256-CBC over 16 random bytes, the length, the text and whom it is for."""
    plain = salt + struct.pack(">I", len(text)) + text + receiver.encode()
    padding = BLOCK - len(plain) % BLOCK
    encryptor = _cipher(key43).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()


def unseal(key43: str, sealed: str, receiver: str) -> bytes:
    """The text of a ciphertext. Raises Broken."""
    try:
        raw = base64.b64decode(sealed, validate=True)
    except ValueError:
        raise Broken("the ciphertext is no base64") from None
    if not raw or len(raw) % BLOCK:
        raise Broken(f"the ciphertext has {len(raw)} bytes, no multiple of {BLOCK}")
    decryptor = _cipher(key43).decryptor()
    plain = decryptor.update(raw) + decryptor.finalize()
    padding = plain[-1]
    if not 1 <= padding <= BLOCK or plain[-padding:] != bytes([padding]) * padding:
        raise Broken("the ciphertext is not padded as PKCS #7 with blocks of 32")
    plain = plain[:-padding]
    (length,) = struct.unpack(">I", plain[16:20])
    text, to = plain[20 : 20 + length], plain[20 + length :]
    if to != receiver.encode():
        raise Broken("the ciphertext is for another account")
    return text


def _cipher(key43: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(key43 + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
