"""The platform's cipher: AES-256 in CBC mode, its beginning made of the key, padded to 32 bytes (消息加解密说明, seen 2026-11).

16 signs that are anything, the text's size in 4 bytes, the text, whom it is for
"""

import base64

from cryptography.hazmat.primitives.ciphers import Cipher as Aes
from cryptography.hazmat.primitives.ciphers import algorithms, modes

BLOCK_BYTES = 32
SALT_BYTES = 16
_SIZE_BYTES = 4


class Cipher:
    """One account's. Keyed once: making a cipher costs as much as using it."""

    def __init__(self, key: bytes) -> None:
        self._aes = Aes(algorithms.AES(key), modes.CBC(key[:16]))

    def open(self, sealed: str) -> tuple[str, str]:
        """(text, whom it is for). Raises ValueError for anything that was not enciphered with this key, as far as that can be told."""
        decryptor = self._aes.decryptor()
        plain = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
        if not plain:
            raise ValueError("nothing was enciphered")
        content = plain[SALT_BYTES : -plain[-1]]
        end = _SIZE_BYTES + int.from_bytes(content[:_SIZE_BYTES], "big")
        return content[_SIZE_BYTES:end].decode(), content[end:].decode()

    def seal(self, text: str, receiver: str, salt: bytes) -> str:
        """The text enciphered. The same SALT_BYTES give the same again."""
        words = text.encode()
        content = salt + len(words).to_bytes(_SIZE_BYTES, "big") + words + receiver.encode()
        padding = BLOCK_BYTES - len(content) % BLOCK_BYTES
        encryptor = self._aes.encryptor()
        return base64.b64encode(encryptor.update(content + bytes((padding,)) * padding) + encryptor.finalize()).decode()
