"""Signed words of a channel: they name a thread, or a mail of ours, in what correspondents' programs keep. Pure.

    Message-ID    <OUTGOING.THREAD.MAC@our.domain>     every mail of ours
    References    <THREAD.MAC@our.domain>              the thread's anchor, in every mail of ours
    Reply-To      support+tTHREADMAC@our.domain        where plus-addresses are delivered
    envelope      support+bOUTGOINGMAC@our.domain      bounces come back to it
    subject       [#THREADMAC]                         where it is switched on

The anchor is there because servers put Message-IDs of their own over ours and leave References alone: Amazon SES does (its developer
guide, "header fields"), outlook.com (it keeps ours as X-Microsoft-Original-Message-ID), Brevo; Gmail only where ours were malformed. Seen
2026-11. Gmail, Exchange Online's tenants and QQ pass ours on.

All are letters and digits in lower case, because servers and people change the case of local parts, and short enough for one (64 octets,
RFC 5321, section 4.5.3.1.1). Each has a key of its own, derived from the installation's for this channel and this use, so that none can
be shown in another's place. What does not hold is simply not known: there are other ways to find a thread.
"""

import hmac
import re
import unicodedata
from base64 import b32encode
from collections.abc import Iterable

from gateway.core.ids import ChannelName, OutboxId, Thread

LOCAL_MAX_BYTES = 64
THREAD_CHARS = 16
MAC_CHARS = 12
"""60 bits: nobody can try more than a few through a mailbox."""
SUBJECT_MAX_CHARS = 2_000
_TAGS_MAX_COUNT = 8
_WORD = r"[a-z0-9]"
_MESSAGE = re.compile(rf"<?({_WORD}{{1,64}})\.({_WORD}{{1,32}})\.({_WORD}{{{MAC_CHARS}}})@[^@<>\s]+>?")
_ANCHOR = re.compile(rf"<?({_WORD}{{1,32}})\.({_WORD}{{{MAC_CHARS}}})@[^@<>\s]+>?")
_DETAIL = re.compile(rf"([tb])({_WORD}{{1,64}})({_WORD}{{{MAC_CHARS}}})")
_TAG = re.compile(rf"#({_WORD}{{{THREAD_CHARS}}})({_WORD}{{{MAC_CHARS}}})")
_PLAIN = re.compile(rf"{_WORD}{{1,32}}")


class Tokens:
    """Makes and reads them for one channel."""

    def __init__(self, secret: bytes, channel: ChannelName, address: str) -> None:
        self._secret = hmac.digest(secret, f"frontdesk mail {channel}".encode(), "sha256")
        self._local, _, self._domain = address.lower().rpartition("@")

    def __repr__(self) -> str:
        return "Tokens()"

    def thread(self, *parts: str) -> Thread:
        """A thread's id, always the same for the same parts (the key of its first mail; a thread and who wrote beside it)."""
        return Thread(self._mac("thread", THREAD_CHARS, *parts))

    def message_id(self, outgoing_id: str, thread: str) -> str:
        """The Message-ID of a mail of ours, with its angle brackets: the same for every try."""
        outgoing = outgoing_id.lower()
        return f"<{outgoing}.{thread}.{self._mac('message', MAC_CHARS, outgoing, thread)}@{self._domain}>"

    def anchor(self, thread: str) -> str:
        """An id that stands in the References of every mail of a thread, with its angle brackets; no mail has it."""
        return f"<{thread}.{self._mac('anchor', MAC_CHARS, thread)}@{self._domain}>"

    def thread_of(self, message_id: str) -> Thread | None:
        """The thread that a Message-ID of ours, or an anchor, belongs to; None: it is nobody's, or another server's."""
        said = message_id.strip().lower()
        if found := _MESSAGE.fullmatch(said):
            outgoing, thread, mac = found.groups()
            return Thread(thread) if self._holds("message", mac, outgoing, thread) else None
        if found := _ANCHOR.fullmatch(said):
            return Thread(found[1]) if self._holds("anchor", found[2], found[1]) else None
        return None

    def outgoing_of(self, message_id: str) -> OutboxId | None:
        """Which mail of ours has this Message-ID."""
        found = _MESSAGE.fullmatch(message_id.strip().lower())
        if found is None or not self._holds("message", found[3], found[1], found[2]):
            return None
        return OutboxId(found[1].upper())

    def plus(self, thread: str) -> str:
        """The address that replies of this thread come back to; "" where our own is too long for one."""
        return self._detailed("t" + thread + self._mac("plus", MAC_CHARS, thread)) if _PLAIN.fullmatch(thread) else ""

    def thread_of_address(self, address: str) -> Thread | None:
        """The thread that one of our plus-addresses names, also where a forwarder has written it into its own (SRS)."""
        found = self._detail_of(address, "t")
        return Thread(found[2]) if found and self._holds("plus", found[3], found[2]) else None

    def verp(self, outgoing_id: str) -> str:
        """The envelope's sender of a mail of ours, to which its bounces come; "" where our address is too long for one."""
        outgoing = outgoing_id.lower()
        return self._detailed("b" + outgoing + self._mac("bounce", MAC_CHARS, outgoing))

    def outgoing_of_verp(self, address: str) -> OutboxId | None:
        """Which mail of ours came back to this address."""
        found = self._detail_of(address, "b")
        return OutboxId(found[2].upper()) if found and self._holds("bounce", found[3], found[2]) else None

    def tag(self, thread: str) -> str:
        """The thread's word for subjects."""
        return f"[#{thread}{self._mac('subject', MAC_CHARS, thread)}]"

    def thread_of_subject(self, subject: str) -> Thread | None:
        """The thread whose tag stands in a subject, whatever its brackets and blanks have become."""
        for found in self._tags(subject):
            if self._holds("subject", found[2], found[1]):
                return Thread(found[1])
        return None

    def without_tag(self, subject: str) -> str:
        """A subject without our tags, which are put there anew."""
        subject = subject[:SUBJECT_MAX_CHARS]
        for found in self._tags(subject):
            subject = re.sub(rf"\s*[\[［【(（]?\s*[#＃]\s*{found[1]}{found[2]}\s*[\]］】)）]?", "", subject, flags=re.IGNORECASE)
        return subject.strip()

    def _tags(self, subject: str) -> Iterable[re.Match[str]]:
        plain = unicodedata.normalize("NFKC", subject[:SUBJECT_MAX_CHARS]).lower()
        found = _TAG.finditer("".join(plain.split()))
        return [tag for tag, _ in zip(found, range(_TAGS_MAX_COUNT), strict=False)]

    def _detailed(self, detail: str) -> str:
        local = f"{self._local}+{detail}"
        return f"{local}@{self._domain}" if len(local.encode()) <= LOCAL_MAX_BYTES else ""

    def _detail_of(self, address: str, kind: str) -> re.Match[str] | None:
        local = address.strip().strip("<>").lower().rpartition("@")[0]
        detail = local.rpartition("+")[2].partition("=")[0]
        found = _DETAIL.fullmatch(detail)
        return found if found and found[1] == kind else None

    def _holds(self, use: str, mac: str, *parts: str) -> bool:
        return hmac.compare_digest(self._mac(use, MAC_CHARS, *parts).encode(), mac.encode())

    def _mac(self, use: str, count: int, *parts: str) -> str:
        digest = hmac.digest(self._secret, "\x1f".join((use, *parts)).encode("utf-8", "surrogatepass"), "sha256")
        return b32encode(digest[: 5 * count // 8 + 1]).decode().lower()[:count]
