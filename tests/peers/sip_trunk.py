"""A trunk: takes registrations by digest (RFC 2617, as RFC 3261 section 22 uses it), and calls and is called like any telephone."""

import hashlib
import re

from tests.peers.sip_caller import SipCaller, SipMessage

REALM, NONCE = "sip.example.com", "5f1c0a"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class SipTrunk(SipCaller):
    """One account of one customer."""

    account, password = "frontdesk", "open sesame"
    is_shut = False
    """Then it knows nobody: 403."""
    challenges_calls = False

    @property
    def contacts(self) -> list[str]:
        """Where whoever has registered is to be found: of each registration that was proven."""
        return [
            m.headers["contact"]
            for m in self.got
            if m.method == "REGISTER" and self._is_proven(m) and "expires=0" not in m.headers["contact"]
        ]

    def _answer(self, message: SipMessage) -> None:
        if message.method == "REGISTER":
            self._register(message)
        elif message.method == "INVITE" and self.challenges_calls and not self._is_proven(message):
            self._reply(message, 407, (f'Proxy-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", qop="auth"',))
        else:
            super()._answer(message)

    def _register(self, message: SipMessage) -> None:
        if self.is_shut:
            self._reply(message, 403)
        elif self._is_proven(message):
            self._reply(message, 200, ("Expires: 300",))
        else:
            self._reply(message, 401, (f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", qop="auth", algorithm=MD5',))

    def _is_proven(self, message: SipMessage) -> bool:
        given = message.headers.get("authorization") or message.headers.get("proxy-authorization") or ""
        said = {name: bare or quoted for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,"]+))', given)}
        if said.get("username") != self.account or said.get("nonce") != NONCE:
            return False
        ha1, ha2 = _md5(f"{self.account}:{REALM}:{self.password}"), _md5(f"{message.method}:{said['uri']}")
        expected = _md5(f"{ha1}:{NONCE}:{said['nc']}:{said['cnonce']}:auth:{ha2}") if said.get("qop") else _md5(f"{ha1}:{NONCE}:{ha2}")
        return said.get("response") == expected
