"""`[channels.NAME] type = "email"`: a support address, read by IMAP and answered by SMTP."""

from typing import Annotated, Literal

from msgspec import Meta, field

from config.sections import Count, Seconds, Secret, Section

Port = Annotated[int, Meta(ge=1, le=65_535)]


class Imap(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`imap`: where the mails are read."""

    host: str
    port: Port = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    """`none` only to this machine or a network of your own."""
    user: str
    password: Secret = ""
    """Or an authorization code (授权码). Empty with `oauth`."""
    mailboxes: tuple[str, ...] = ("INBOX",)
    """All that are read; their names as people see them."""


class Smtp(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`smtp`: who takes what is sent."""

    host: str
    port: Port = 465
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = ""
    """Empty: it asks for no login."""
    password: Secret = ""
    connections: Annotated[int, Meta(ge=1, le=3)] = 2
    """Kept open, of one process."""


class OAuth(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`oauth`: a login by token (XOAUTH2) instead of passwords, for both servers."""

    provider: Literal["", "google", "microsoft"] = ""
    """Empty: passwords."""
    client_id: str = ""
    client_secret: Secret = ""
    refresh_token: Secret = ""
    """Of the mailbox's owner's consent. Empty with Microsoft: the application itself may (client credentials)."""
    tenant: str = "common"
    """Microsoft's: the directory's id."""
    token_url: str = ""
    """Empty: the provider's own."""


class Email(Section, tag_field="type", tag="email", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A support address."""

    address: str
    """What customers write to, and what they read as the sender."""
    aliases: tuple[str, ...] = ()
    """Our other addresses that arrive in the same mailboxes: mail from any of them is never answered."""
    name: str = ""
    """The sender's name; empty: the company's."""
    imap: Imap
    smtp: Smtp
    oauth: OAuth = OAuth()
    queue: str = "default"
    idle: bool = True
    """Be told of new mail at once (IDLE), where the server can."""
    poll_s: Annotated[float, Meta(ge=5, le=3600)] = 60.0
    """How often is looked where it can't; with IDLE, the net under it is six times that."""
    alarm_s: Annotated[float, Meta(ge=60, le=86_400)] = 900.0
    """No successful look for so long is an alarm."""
    first_days: Annotated[int, Meta(ge=0, le=90)] = 1
    """At the very first start: how many days of mail that lies there are taken; what is older stays untouched."""
    mark_seen: bool = False
    """Mark what was taken as read in the mailbox. We never go by that mark."""
    sent: str = ""
    """The mailbox that gets a copy of what is sent; empty: none (Gmail and Microsoft 365 keep one themselves)."""
    plus_address: bool = False
    """The server delivers `support+ANYTHING@...` here: replies and bounces are then told by a signed address."""
    subject_tag: bool = False
    """Put a signed tag into subjects, for correspondents whose programs drop everything else."""
    envelope: Literal["auto", "null", "verp", "address"] = "auto"
    """The envelope's sender of automatic mail. `auto`: a signed plus-address, else none, else (where that is refused) the address."""
    authserv_id: str = ""
    """Whose `Authentication-Results` are believed: the name that your own mail server writes there. Empty: nobody's, all is checked."""
    check_dkim: bool = True
    """Check signatures ourselves where nobody we believe has; asks the DNS."""
    forms: tuple[str, ...] = ()
    """Addresses whose mail is a form's, filled in by a person: answered, at their `Reply-To`, though a program sent it."""
    auto_replies_per_hour: Annotated[int, Meta(ge=1, le=100)] = 5
    """Automatic answers to one sender; beyond that people get their mail."""
    reply_means_person: bool = True
    """A reply to the bot's answer goes to a person, as that answer says."""
    answer_within_s: Annotated[float, Meta(gt=0, le=30 * 86_400)] = 14_400.0
    """The mailbox's promise: a person's first answer within so much time of opening hours."""
    session_idle_s: Annotated[float, Meta(gt=0, le=90 * 86_400)] = 7 * 86_400.0
    """A conversation with the bot, or an agent's answer that nobody writes back to, closes after this long without a word. A later mail
    opens a new session of the same thread."""
    message_max_bytes: Count = 25 * 1024 * 1024
    """Of a larger mail the first 64 KiB are read; people are told that there is more."""
    attachments_max_count: Count = 20
    signature: dict[str, str] = field(default_factory=dict)
    """By language, under everything that is sent; empty: the company's name."""
    timeout_s: Seconds = 30.0
    """How long a server may take to answer a command."""
