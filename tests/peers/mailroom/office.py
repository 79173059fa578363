"""Where the mails of customers and of the company lie: a real Dovecot behind an SMTP server, and what may be set to go wrong."""

import smtplib
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate, getaddresses, make_msgid

from tests.peers.dovecot import PASSWORD, DovecotServer
from tests.peers.smtp import MailServer

SUPPORT = "support@shop.example"
OUR_MX = "mx.shop.example"
CUSTOMERS = ("customer@example.net", "partner@example.org")
_ABSENT = "Out of office / 自动回复"


@dataclass
class Ways:
    """What is set to be so."""

    is_proven: bool = True
    """The company's server vouches for customers' mail, as for domains with DMARC."""
    is_away: bool = False
    """The customers' programs answer every mail by themselves."""
    is_refusing: bool = False
    """The customers' addresses don't exist any more."""
    is_greylisting: bool = False


@dataclass
class Office:
    """Both servers; to be started, and stopped."""

    ways: Ways = field(default_factory=Ways)

    def __post_init__(self) -> None:
        self.dovecot = DovecotServer()
        self.outgoing = MailServer(deliver=self._deliver)
        """Takes what the company sends."""

    def start(self) -> None:
        self.dovecot.start()
        for address in (SUPPORT, *CUSTOMERS):
            self.dovecot.add_user(address)
        self.outgoing.start()

    def stop(self) -> None:
        self.outgoing.stop()
        self.dovecot.remove()

    @property
    def channel(self) -> str:
        """The section of the gateway's configuration."""
        return f"""
[channels.support]
type = "email"
address = "{SUPPORT}"
name = "前台小店客服"
imap = {{host = "127.0.0.1", port = {self.dovecot.port}, security = "none", user = "{SUPPORT}", password = "{PASSWORD}"}}
smtp = {{host = "127.0.0.1", port = {self.outgoing.port}, security = "none"}}
authserv_id = "{OUR_MX}"
check_dkim = false
poll_s = 5.0
"""

    def send(self, mail: EmailMessage) -> None:
        """A customer sends: it is delivered to the company, and to other customers in copy."""
        recipients = [address.lower() for _, address in getaddresses([*mail.get_all("To", []), *mail.get_all("Cc", [])])]
        sender = getaddresses([mail["From"]])[0][1]
        mail["Date"], mail["Message-ID"] = formatdate(localtime=True), make_msgid(domain=sender.partition("@")[2])
        raw = mail.as_bytes(policy=policy.SMTP)
        if self.ways.is_proven:
            vouched = f"Authentication-Results: {OUR_MX}; dmarc=pass header.from={sender.partition('@')[2]}\r\n"
            raw = vouched.encode() + raw
        for recipient in recipients:
            if recipient.partition("+")[0].partition("@")[0] == "support" or recipient in CUSTOMERS:
                self.dovecot.deliver(raw, recipient, sender=sender)

    def _deliver(self, raw: bytes, *recipients: str, sender: str = "") -> None:
        """What the company has sent comes to its customers, or doesn't."""
        self.outgoing.faults.is_greylisting = self.ways.is_greylisting
        if self.ways.is_refusing:
            raise smtplib.SMTPRecipientsRefused(dict.fromkeys(recipients, (550, b"5.1.1 User unknown")))
        for recipient in recipients:
            if recipient in CUSTOMERS:
                self.dovecot.deliver(raw, recipient, sender=sender)
                if self.ways.is_away:
                    self._answer_by_itself(raw, recipient, sender)

    def _answer_by_itself(self, raw: bytes, who: str, back_to: str) -> None:
        """An absence note as RFC 3834 wants it, but for asking first who wrote: the worst that still is honest."""
        mail, note = message_from_bytes(raw), EmailMessage(policy=policy.SMTP)
        note["From"], note["To"], note["Subject"] = who, back_to or SUPPORT, f"{_ABSENT}: {mail['Subject']}"
        note["Auto-Submitted"], note["In-Reply-To"] = "auto-replied", mail["Message-ID"]
        note["Date"], note["Message-ID"] = formatdate(localtime=True), make_msgid(domain="example.net")
        note.set_content("I am away until Monday. / 我外出至周一。")
        self.dovecot.deliver(bytes(note), SUPPORT, sender="")
