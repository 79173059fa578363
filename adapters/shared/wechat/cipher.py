"""The platform's cipher: AES-256 in CBC, the key's beginning as its vector, around it 16 bytes, a length and the receiver's id.

The cipher itself is wechatpy's; around it what its `PrpCrypto` does, in fewer steps.
Rules: developers.weixin.qq.com, 消息加解密说明 (seen 2026-11).
"""

from base64 import b64decode, b64encode

from wechatpy.crypto.cryptography import WeChatCipher

_BLOCK_BYTES = 32
"""The platform pads to this, whatever the cipher's own block is."""
_HEAD_BYTES = 16
_LENGTH_BYTES = 4


class AccountCipher:
    """The cipher of one account's key, for one receiver: an app's id, or a company's."""

    def __init__(self, key: bytes, receiver: str) -> None:
        self._cipher = WeChatCipher(key)
        self._receiver = receiver.encode()

    def encrypt(self, text: str, head: bytes) -> str:
        """A text for the receiver. `head`: 16 bytes, which make the same text look different each time."""
        words = text.encode()
        plain = b"".join((head, len(words).to_bytes(_LENGTH_BYTES, "big"), words, self._receiver))
        padding = _BLOCK_BYTES - len(plain) % _BLOCK_BYTES
        return b64encode(self._cipher.encrypt(plain + bytes((padding,)) * padding)).decode()

    def decrypt(self, cipher: str) -> tuple[bytes, bytes]:
        """The text, and the id of whom it was enciphered for. Raises ValueError or IndexError for nonsense, though not for all of it."""
        plain: bytes = self._cipher.decrypt(b64decode(cipher))
        content = plain[_HEAD_BYTES : -plain[-1]]
        if len(content) < _LENGTH_BYTES:
            raise ValueError("too short")
        end = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "big")
        return content[_LENGTH_BYTES:end], content[end:]
