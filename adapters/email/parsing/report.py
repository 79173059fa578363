"""News of a mail of ours: delivery status notifications (RFC 3464, RFC 6533), also without a machine's part; read receipts (RFC 8098)."""

import re
from collections.abc import Sequence

from adapters.email.parsing.addresses import usable
from adapters.email.parsing.bodies import MESSAGES
from adapters.email.parsing.charsets import decoded
from adapters.email.parsing.encoded import raw_value, value
from adapters.email.parsing.head import Head, read_head
from adapters.email.parsing.ids import ids, own_id
from adapters.email.parsing.parts import Part
from adapters.email.parsing.transfer import body
from adapters.email.words import Mail, Recipient, Report

RECIPIENTS_MAX_COUNT = 50
DETAIL_MAX_CHARS = 300
STATUS_MAX_BYTES = 65_536
_STATUS = frozenset(("message/delivery-status", "message/global-delivery-status"))
_RECEIPT = frozenset(("message/disposition-notification", "message/global-disposition-notification"))
_HEADERS = frozenset(("text/rfc822-headers", "message/rfc822-headers", "message/global-headers", "text/rfc822"))
_DAEMON = re.compile(r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|maildaemon|postmaster|mdaemon|mailerdaemon)[^@]*@?")
_BOUNCED = re.compile(
    r"(?i)undeliver|not delivered|could not be delivered|delivery (?:status|failure|has failed|to the following)|returned mail|"
    r"failure notice|mail delivery (?:failed|system|subsystem)|returning message to sender|did not reach|this is the (?:qmail|mail system)|"
    r"address not found|message blocked|退信|无法送达|无法投递|无法发送|投递失败|无法传递|未送达|未能送达|发送失败|"
    r"郵件被退回|無法傳遞|無法送達|無法投遞|投遞失敗|寄送失敗|退件|unzustellbar|non remis|no se puede entregar|配信不能|配信できません"
)
_DELAYED = re.compile(
    r"(?i)delivery (?:incomplete|delayed|status notification \(delay\))|has been delayed|still being retried|"
    r"will (?:retry|keep trying|continue to try)|warning: (?:message|could not send)|投递延迟|延迟投递|将继续尝试|延遲"
)
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.\-])([45])[0-5]\d(?=[ -](?!\d{4}))(?![\d.])")
_UNKNOWN = re.compile(
    r"(?i)user unknown|no such user|unknown user|does(?:n't| not) exist|address not found|user not found|"
    r"mailbox (?:not found|unavailable)|不存在|找不到(?:该)?(?:收件人|用户|邮箱)|invalid recipient|recipient rejected"
)
_MAIL = re.compile(r"(?:rfc822;|<|\b|[：(（])([A-Za-z0-9._%+=-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8})")
_ID_LINE = re.compile(r"(?im)^[> \t]*message-id:[ \t]*(<[^<>\s]{3,300}>)")
_ANY_ID = re.compile(r"<([^<>\s@]{3,200}@[^<>\s@]{3,200})>")


def report_of(root: Part, mail: Mail, text: str, ours: Sequence[str]) -> Report | None:
    """What a mail tells of one of ours; None where it is no report. A person's mail that tells of a bounce is none."""
    is_daemon = mail.return_path == "" or bool(_DAEMON.match(mail.sender.address))
    if not is_daemon and root.mime != "multipart/report":
        return None
    head, subject = root.head, mail.subject
    leaves = list(root.leaves())
    receipt = next((leaf for leaf in leaves if leaf.mime in _RECEIPT), None)
    is_report = root.mime == "multipart/report" or (is_daemon and any(leaf.mime in _STATUS for leaf in leaves))
    if receipt is not None and root.mime == "multipart/report":
        return _receipt(receipt)
    if is_report:
        status = [leaf for leaf in leaves if leaf.mime in _STATUS]
        recipients = tuple(each for leaf in status for each in _recipients(leaf))[:RECIPIENTS_MAX_COUNT]
        if recipients or root.params.get("report-type", "").lower() == "delivery-status":
            return Report(message_id=_returned_id(leaves, head, text, ours), recipients=recipients or _guessed(head, text, ours, subject))
        return None
    if is_daemon and (_BOUNCED.search(subject) or _BOUNCED.search(text[:4_000]) or head.first(b"x-failed-recipients")):
        return Report(message_id=_returned_id(leaves, head, text, ours), recipients=_guessed(head, text, ours, subject))
    return None


def _receipt(part: Part) -> Report:
    data = body(part, STATUS_MAX_BYTES)
    head = read_head(data, 0, len(data))
    disposition = value(head.first(b"disposition") or b"").lower()
    named = own_id([raw_value(each) for each in head.every(b"original-message-id")])
    return Report(message_id=named, recipients=(), is_read="displayed" in disposition)


def _recipients(part: Part) -> list[Recipient]:
    """Each group of fields after the first is about one recipient."""
    data = body(part, STATUS_MAX_BYTES).replace(b"\r\n", b"\n")
    found = []
    for group in re.split(rb"\n[ \t]*\n", data)[: RECIPIENTS_MAX_COUNT + 1]:
        head = read_head(group, 0, len(group))
        fields = {name: " ".join(value(each).split()) for name, each in reversed(head.fields)}
        address = _typed(fields.get(b"original-recipient", "")) or _typed(fields.get(b"final-recipient", ""))
        action = fields.get(b"action", "").lower().split(" ")[0][:20]
        if not address and not action:
            continue
        detail = fields.get(b"diagnostic-code", "")
        detail = detail.partition(";")[2].strip() if ";" in detail[:20] else detail
        status = _ENHANCED.search(fields.get(b"status", ""))
        action = action if action in {"failed", "delayed", "delivered", "relayed", "expanded"} else "failed"
        found.append(Recipient(address=address, action=action, status=status[0] if status else "", detail=detail[:DETAIL_MAX_CHARS]))
    return found


def _typed(text: str) -> str:
    """`rfc822; someone@example.net`"""
    address = text.rpartition(";")[2].strip().strip("<>")
    return usable(address.replace("\\x{", "").replace("}", "")) if address else ""


def _returned_id(leaves: Sequence[Part], head: Head, text: str, ours: Sequence[str]) -> str:
    """Of the mail that came back: what its envelope was called, out of what was returned, of what the report refers to, or of its words."""
    if named := _of_ours([_envelope_id(leaf) for leaf in leaves if leaf.mime in _STATUS], ours):
        return named  # ours also where a server has put a Message-ID of its own over it
    for leaf in leaves:
        if leaf.mime in MESSAGES or leaf.mime in _HEADERS:
            data = body(leaf, STATUS_MAX_BYTES).lstrip()
            named = own_id([raw_value(each) for each in read_head(data, 0, len(data)).every(b"message-id")])
            if named:
                return named
    referred = ids(raw_value(each) for name in (b"in-reply-to", b"references") for each in head.every(name))
    if referred:
        return _of_ours(referred, ours) or referred[-1]
    line = _ID_LINE.search(text)
    if line:
        return line[1].strip("<>")
    for leaf in leaves:  # the returned mail as a file without a type, or behind a line of dashes
        found = (
            _ID_LINE.search(decoded(body(leaf, STATUS_MAX_BYTES), "ascii"))
            if leaf.mime in {"application/octet-stream", "text/plain"}
            else None
        )
        if found:
            return found[1].strip("<>")
    return _of_ours(_ANY_ID.findall(text[:STATUS_MAX_BYTES]), ours)


def _envelope_id(part: Part) -> str:
    """The ENVID that we gave it (RFC 3461, section 5.4): its Message-ID."""
    data = body(part, STATUS_MAX_BYTES)
    return value(read_head(data, 0, len(data)).first(b"original-envelope-id") or b"").strip().strip("<>")


def _of_ours(found: Sequence[str], ours: Sequence[str]) -> str:
    domains = {address.rpartition("@")[2].lower() for address in ours}
    return next((each for each in found if each.rpartition("@")[2].lower() in domains), "")


def _guessed(head: Head, text: str, ours: Sequence[str], subject: str) -> tuple[Recipient, ...]:
    """From words alone: Exchange, qmail, Exim, Gmail, QQ, 163, Exmail."""
    words = text[:8_000]
    said = words.partition("\n--- ")[0]  # below, qmail returns the mail itself
    enhanced, code = _ENHANCED.search(said), _CODE.search(said)
    status = enhanced[0] if enhanced else "5.1.1" if _UNKNOWN.search(said) else f"{code[1]}.0.0" if code else ""
    is_delayed = bool(_DELAYED.search(subject) or _DELAYED.search(said))
    named = value(head.first(b"x-failed-recipients") or b"")
    mine = {address.lower() for address in ours}
    every = [usable(each) for each in named.split(",")] if named else [usable(each) for each in _MAIL.findall(words)]
    address = next((each for each in every if each and each not in mine and not _DAEMON.match(each)), "")
    at = enhanced or code or _UNKNOWN.search(said)
    detail = _around(said, at.start()) if at else subject
    return (Recipient(address=address, action="delayed" if is_delayed else "failed", status=status, detail=detail[:DETAIL_MAX_CHARS]),)


def _around(text: str, at: int) -> str:
    """The line there."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    return " ".join(text[start : end if end >= 0 else len(text)].split())
