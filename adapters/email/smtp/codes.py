"""What a mail server's answers mean: one table, an answer -> what we do about it. For agents: `email.code.CODE` of the catalogue.

What an answer says in words is looked at first, because the numbers are used loosely; then its enhanced status (RFC 3463, and the registry
of IANA), then its code (RFC 5321, section 4.2). Vendors' pages, seen 2026-11: NetEase 退信代码说明 (help.mail.163.com), QQ and Exmail
(service.mail.qq.com and service.exmail.qq.com, 退信), learn.microsoft.com "Email non-delivery reports in Exchange Online" and "SMTP
submission improvements", support.google.com/a "SMTP error messages", Amazon SES "SMTP response codes".
"""

import re
from enum import StrEnum

from msgspec import Struct

from gateway.core.errors import Rejected, SendError, TryLater

ANSWER_MAX_CHARS = 1_000
MINUTE_S, HOUR_S = 60.0, 3_600.0
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_AGAIN = re.compile(r"(?:in|after|for|within) (\d{1,4}) ?(s(?!\w)|sec|min|m(?!\w))")


class Stage(StrEnum):
    """Where in the talk the answer came."""

    GREETING = "greeting"
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    CONTENT = "content"
    """DATA, and what stands behind the final dot."""


class Doing(StrEnum):
    """What to do about it."""

    WAIT = "wait"
    MEND = "mend"
    """Wait for the operator: it is tried again all along, and `frontdesk doctor` says what is wrong."""
    GIVE_UP = "give_up"


class Meaning(Struct, frozen=True):
    """What an answer means. `code` is the word of `email.code.*`; `wait_s`: how long to wait at least."""

    code: str
    doing: Doing
    words: str
    """For operators and logs, in English."""
    wait_s: float | None = None


MEANINGS = {
    meaning.code: meaning
    for meaning in (
        # ---- not now
        Meaning("busy", Doing.WAIT, "the mail server does not take it for the moment", 30.0),
        Meaning("greylisted", Doing.WAIT, "the recipient's server wants it a second time (greylisting)", 3 * MINUTE_S),
        Meaning("rate", Doing.WAIT, "the mail server takes no more mails from us for now", 5 * MINUTE_S),
        Meaning("quota", Doing.WAIT, "our mails for today are used up at the mail server", HOUR_S),
        Meaning("unreachable", Doing.WAIT, "the mail server can't be reached", 5.0),
        Meaning("mailbox_busy", Doing.WAIT, "the recipient's mailbox does not take it for the moment", 5 * MINUTE_S),
        # ---- ours to mend
        Meaning("auth", Doing.MEND, "the mail server refuses our login", 5 * MINUTE_S),
        Meaning("tls", Doing.MEND, "no encrypted connection that can be trusted", 5 * MINUTE_S),
        Meaning("turned_away", Doing.MEND, "the mail server turns this machine's address away", 5 * MINUTE_S),
        # ---- for good
        Meaning("user_unknown", Doing.GIVE_UP, "nobody has this address there"),
        Meaning("domain_unknown", Doing.GIVE_UP, "the address's domain takes no mail"),
        Meaning("mailbox_full", Doing.GIVE_UP, "the recipient's mailbox is full"),
        Meaning("mailbox_disabled", Doing.GIVE_UP, "the recipient's mailbox is not in use"),
        Meaning("spam", Doing.GIVE_UP, "it was taken for spam"),
        Meaning("size", Doing.GIVE_UP, "it is larger than the server takes"),
        Meaning("policy", Doing.GIVE_UP, "the recipient's server refuses it by its rules"),
        Meaning("blocked", Doing.GIVE_UP, "the recipient takes no mail from us"),
        Meaning("sender", Doing.GIVE_UP, "our login may not send with this sender's address"),
        Meaning("relay", Doing.GIVE_UP, "the mail server sends nothing to other domains for us"),
        Meaning("utf8", Doing.GIVE_UP, "the mail server can't handle addresses in this script"),
        Meaning("loop", Doing.GIVE_UP, "the mail goes round in circles"),
        Meaning("refused", Doing.GIVE_UP, "the mail server refuses it"),
    )
}

GENERAL = frozenset({"unreachable", "auth", "tls", "turned_away", "rate", "quota"})
"""What holds for every mail of ours, not for this one: nothing else need be tried for as long."""

_WORDS: tuple[tuple[str, str], ...] = (
    # A limit is a limit, also where its code says "never": QQ answers 550 to who is only too fast, Gmail 550 for the day.
    ("quota", "daily user sending|daily sending quota|sending limit exceeded|sending quota exceeded|submission quota|maximum sending rate"),
    ("rate", "frequency limited|frequency limit|rate limit|too many messages|too many connections|connections limit|thread limit"),
    ("rate", "mi:dmc|mi:sfq|rp:qrc|rp:drc|hl:ifc|hl:icc|too fast|slow down|throttl"),
    ("greylisted", "greylist|graylist|grey list|gray list|postgrey|try again later to verify"),
    ("policy", "dmarc|dkim|spf check|spf fail"),
    ("auth", "authentication required|authentication is required|authentication failed|authentication unsuccessful|authorization code"),
    ("auth", "basic authentication is disabled|smtpclientauthentication is disabled|user has no permission|login fail"),
    ("utf8", "smtputf8"),
    ("size", "exceeds size|too large|too long|exceeded mailsize|size limit|message size"),
    (
        "sender",
        "sendasdenied|send as this sender|same as authorization user|sender address rejected|not owned by user|mail from must equal",
    ),
    ("sender", "email address is not verified|null sender|empty envelope sender|mail from invalid|mail address invalid"),
    ("relay", "relay access denied|relaying denied|unable to relay|denies relay"),
    ("mailbox_full", "mailbox full|mailbox is full|over quota|overquota|quota exceeded|exceeded storage|insufficient system storage"),
    ("mailbox_disabled", "user is locked|account disabled|account is disabled|mailbox disabled|inactive|suspended|discontinued"),
    ("domain_unknown", "host not found|domain not found|domain does not exist|unrouteable|unroutable|dns query error"),
    ("user_unknown", "user unknown|unknown user|no such user|user not found|user not exist|does not exist|doesn't exist|address unknown"),
    ("user_unknown", "mailbox not found|mailbox unavailable|recipient not found|recipientnotfound|invalid recipient|invalid mailbox"),
    ("loop", "too many hops|loop detected|looping message"),
    ("turned_away", "blocked using|dt:rbl|rbl deny|blacklist|spamhaus|poor reputation|black ip"),
    ("spam", "spam|content denied|content reject|content not acceptable|virus|dt:spm|unsolicited|bulk mail"),
    ("blocked", "rejected by recipient|blocked by recipient|denied by recipient|recipient rejects"),
    ("policy", "policy|not accepted from"),
)
"""Code -> what an answer says then, in lower case; the first that fits."""

_STATUSES = {
    "1.1": "user_unknown", "1.2": "domain_unknown", "1.3": "user_unknown", "1.6": "user_unknown", "1.7": "sender", "1.8": "sender",
    "1.10": "domain_unknown", "2.1": "mailbox_disabled", "2.2": "mailbox_full", "2.3": "size", "3.2": "busy", "3.4": "size",
    "4.1": "domain_unknown", "4.4": "domain_unknown", "4.5": "quota", "4.6": "loop", "6.7": "utf8",
    "7.0": "policy", "7.1": "policy", "7.3": "auth", "7.8": "auth", "7.9": "auth", "7.23": "policy", "7.25": "turned_away",
    "7.26": "policy", "7.27": "policy", "7.57": "auth", "7.60": "sender", "7.139": "auth",
}  # fmt: skip
"""An enhanced status without its first digit -> code. 5.7.57, 5.7.60 and 5.7.139 are Microsoft's, 4.5 is Gmail's."""

_CODES = {
    421: "busy", 432: "rate", 450: "mailbox_busy", 451: "busy", 452: "busy", 454: "busy",
    530: "auth", 534: "auth", 535: "auth", 538: "auth",
    550: "user_unknown", 551: "user_unknown", 552: "mailbox_full", 553: "user_unknown", 554: "policy", 556: "domain_unknown",
}  # fmt: skip
"""A reply code -> what it says about a recipient; elsewhere see `_elsewhere`."""

_NOT_NOW = {
    "user_unknown": "mailbox_busy", "mailbox_full": "mailbox_busy", "mailbox_disabled": "mailbox_busy", "domain_unknown": "busy",
    "spam": "greylisted", "policy": "greylisted", "blocked": "busy", "size": "busy", "sender": "busy", "relay": "busy", "utf8": "busy",
    "loop": "busy", "refused": "busy",
}  # fmt: skip
"""What would be for good with a 5, with a 4 in front."""


class Answer(Exception):
    """A server's no."""

    def __init__(self, stage: Stage, code: int, text: str = "") -> None:
        super().__init__(f"{stage}: {code}")
        self.stage = stage
        self.code = code
        self.text = text[:ANSWER_MAX_CHARS]


def meaning_of(answer: Answer) -> Meaning:
    """What a server's no means for the mail."""
    said = answer.text.lower()
    status = _STATUS.search(said)
    code = _by_words(said) or (_STATUSES.get(f"{status[2]}.{status[3]}", "") if status else "") or _by_number(answer)
    if answer.stage is Stage.LOGIN and answer.code >= 500:
        code = code if code in ("rate", "quota") else "auth"
    if answer.stage is Stage.GREETING and answer.code >= 500:
        code = "turned_away"
    if answer.code == 421 and code not in ("rate", "quota"):  # it hangs up on everybody, whatever it says of this one
        code = "busy"
    return MEANINGS[code if answer.code >= 500 else _NOT_NOW.get(code, code)]


def as_send_error(answer: Answer) -> SendError:
    """What is raised for it. The server's own words stay out: they name addresses."""
    meaning = meaning_of(answer)
    status = _STATUS.search(answer.text)
    words = f"{meaning.words} ({answer.code}{' ' + status[0] if status else ''})"
    if meaning.doing is Doing.GIVE_UP:
        return Rejected(words, code=meaning.code)
    is_general = meaning.code in GENERAL or answer.stage in (Stage.GREETING, Stage.LOGIN)
    return TryLater(words, code=meaning.code, retry_after_s=_named_wait(answer.text) or meaning.wait_s, is_general=is_general)


def trouble(code: str, detail: str = "") -> SendError:
    """What is raised where no server has answered."""
    meaning = MEANINGS[code]
    words = f"{meaning.words} ({detail})" if detail else meaning.words
    if meaning.doing is Doing.GIVE_UP:
        return Rejected(words, code=code)
    return TryLater(words, code=code, retry_after_s=meaning.wait_s, is_general=code in GENERAL)


def _by_words(said: str) -> str:
    return next((code for code, hints in _WORDS if any(hint in said for hint in hints.split("|"))), "")


def _by_number(answer: Answer) -> str:
    known = _CODES.get(answer.code, "refused" if answer.code >= 500 else "busy")
    if answer.stage is Stage.RECIPIENT or known in ("auth", "rate", "busy"):
        return known
    if answer.stage is Stage.SENDER and answer.code in (501, 550, 551, 553, 554):
        return "sender"
    return {550: "policy", 552: "size", 553: "policy", 554: "policy"}.get(answer.code, "refused" if answer.code >= 500 else "busy")


def _named_wait(text: str) -> float | None:
    """How long the server itself wants us to wait, in at most an hour."""
    found = _AGAIN.search(text.lower())
    if found is None:
        return None
    return min(float(found[1]) * (MINUTE_S if found[2].startswith("m") else 1.0), HOUR_S) or None
