"""What the servers of well-known providers want and lack, by their hosts' names.

Only what a standard server would tell by itself, or need not tell; whoever is not in the table is a standard server.
"""

from msgspec import Struct


class Provider(Struct, frozen=True, kw_only=True):
    """One provider's mailboxes."""

    name: str = ""
    """As people know it; "" for any other server."""
    suffixes: tuple[str, ...] = ()
    """Of the names of its IMAP and SMTP hosts."""
    wants_code: bool = False
    """An authorization code (授权码) or an app password is wanted, and not the account's own password."""
    wants_oauth: bool = False
    """Passwords are not taken any more."""
    needs_id: bool = False
    """Mailboxes stay shut for programs that do not name themselves (RFC 2971): they are told, as all are who offer ID."""
    lacks_idle: bool = False
    """IDLE is missing, or is offered and tells nothing: mail is looked for every `poll_s`."""
    keeps_sent: bool = False
    """It lays a copy of what is sent by its SMTP into its Sent mailbox: one of ours would be the second."""
    has_plus: bool = False
    """`user+anything@` is delivered to the user."""
    page: str = ""
    """Where the mailbox's owner learns what to switch on."""


STANDARD = Provider()
PROVIDERS = (
    # 授权码 only, since 2022-11-01; IMAP is off at first. Seen 2026-11.
    Provider(
        name="QQ 邮箱",
        suffixes=("qq.com", "foxmail.com"),
        wants_code=True,
        page="https://wx.mail.qq.com/list/readtemplate?name=app_intro.html",
    ),
    # A client password where 安全登录 is on. Seen 2026-11.
    Provider(name="腾讯企业邮箱", suffixes=("exmail.qq.com",), wants_code=True, page="https://open.work.weixin.qq.com/help2/pc/19902"),
    # "SELECT Unsafe Login. Please contact kefu@188.com" to whom sends no ID; IDLE is not offered (S22.Imap, issue 167). Seen 2026-11.
    Provider(
        name="网易邮箱",
        suffixes=("163.com", "126.com", "yeah.net", "188.com", "netease.com"),
        wants_code=True,
        needs_id=True,
        lacks_idle=True,
        page="https://help.mail.163.com/faqDetail.do?code=d7a5dc8471cd0c0e8b4b8f4f8e49998b374173cfe9171305fa1ce630d7f67ac2eda07326646e6eb0",
    ),
    # 三方客户端安全密码, where the administrator demands it. Seen 2026-11.
    Provider(
        name="阿里邮箱",
        suffixes=("aliyun.com", "mxhichina.com", "alibaba-inc.com", "alimail.com"),
        wants_code=True,
        page="https://help.aliyun.com/en/document_detail/444380.html",
    ),
    # 授权码 for clients, in 设置 > 客户端 pop/imap/smtp. Seen 2026-11.
    Provider(name="新浪邮箱", suffixes=("sina.com", "sina.cn", "sina.net"), wants_code=True, page="https://help.sina.com.cn/"),
    # App passwords with 2-step verification, or OAuth; Workspace takes OAuth alone since 2025. Seen 2026-11.
    Provider(
        name="Gmail",
        suffixes=("gmail.com", "googlemail.com", "google.com"),
        wants_code=True,
        keeps_sent=True,
        has_plus=True,
        page="https://support.google.com/mail/answer/7126229",
    ),
    # No passwords for IMAP since 2022-10, none for SMTP AUTH since 2026-04. Seen 2026-11.
    Provider(
        name="Microsoft 365",
        suffixes=("office365.com", "outlook.com", "hotmail.com", "office.com"),
        wants_oauth=True,
        keeps_sent=True,
        has_plus=True,
        page="https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth",
    ),
    # App-specific passwords. Seen 2026-11.
    Provider(
        name="iCloud", suffixes=("mail.me.com", "icloud.com"), wants_code=True, has_plus=True, page="https://support.apple.com/102525"
    ),
    # App passwords. Seen 2026-11.
    Provider(
        name="Yahoo", suffixes=("yahoo.com", "yahoo.co.jp", "aol.com"), wants_code=True, page="https://help.yahoo.com/kb/SLN15241.html"
    ),
)


def provider_of(host: str) -> Provider:
    """Whose server this is, by the longest suffix that fits; STANDARD for any other."""
    name = f".{host.lower().rstrip('.')}"
    fitting = [(len(suffix), provider) for provider in PROVIDERS for suffix in provider.suffixes if name.endswith(f".{suffix}")]
    return max(fitting, key=lambda found: found[0])[1] if fitting else STANDARD
