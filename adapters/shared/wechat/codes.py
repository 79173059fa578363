"""What the platform's codes mean for a message: one table, code -> what we do about it. For agents: `desk.code.CODE` of the catalogue.

From developers.weixin.qq.com, 全局返回码 and 发送客服消息, and developer.work.weixin.qq.com, 全局错误码 (document 90313) and
微信客服 发送消息 (document 94677), both seen 2026-11. What is not in the table was refused for good: a code that we don't know
is no reason to try again.
"""

from enum import StrEnum

from msgspec import Struct

from gateway.core.errors import Rejected, SendError, Shut, TryLater

HOUR_S = 3600.0
NO_API = "no_api"
"""The word of `Shut` for an account that may not send by itself: only answers on the line get through."""


class Doing(StrEnum):
    """What to do about a refusal."""

    RENEW = "renew"
    """Get another access token, and call once more; what is refused then waits."""
    WAIT = "wait"
    MEND = "mend"
    """Wait for the operator: the message is tried again in a while, and `frontdesk doctor` says what is wrong."""
    SHUT = "shut"
    GIVE_UP = "give_up"


class Meaning(Struct, frozen=True):
    """What a code means. `shut`: the word of `gateway.core.errors.Shut`; `wait_s`: how long to wait at least."""

    doing: Doing
    words: str
    """For operators and logs, in English."""
    shut: str = ""
    wait_s: float | None = None


MEND_S = 300.0

CODES: dict[int, Meaning] = {
    -1: Meaning(Doing.WAIT, "the platform is busy"),
    # ---- the access token. 41001: none was sent, which happens when one is empty; renewed like the rest.
    40001: Meaning(Doing.RENEW, "the access token, or the secret, is not valid", wait_s=MEND_S),
    40014: Meaning(Doing.RENEW, "the access token is not valid", wait_s=MEND_S),
    41001: Meaning(Doing.RENEW, "the access token is missing", wait_s=MEND_S),
    42001: Meaning(Doing.RENEW, "the access token has expired", wait_s=MEND_S),
    # ---- the configuration. 61004 and 60020 are 40164's names in other products (third-party platforms, WeCom).
    40013: Meaning(Doing.MEND, "the app id is not valid", wait_s=MEND_S),
    40125: Meaning(Doing.MEND, "the secret is not valid", wait_s=MEND_S),
    40164: Meaning(Doing.MEND, "this server's address is not on the platform's list", wait_s=MEND_S),
    41002: Meaning(Doing.MEND, "the app id is missing", wait_s=MEND_S),
    41004: Meaning(Doing.MEND, "the secret is missing", wait_s=MEND_S),
    60020: Meaning(Doing.MEND, "this server's address is not on the platform's list", wait_s=MEND_S),
    61004: Meaning(Doing.MEND, "this server's address is not on the platform's list", wait_s=MEND_S),
    48004: Meaning(Doing.MEND, "the platform has blocked this API for the account", wait_s=HOUR_S),
    # ---- whom. The customer comes back by following again or by writing: until then nothing reaches them.
    40003: Meaning(Doing.GIVE_UP, "the customer's id is not known to this account"),
    43004: Meaning(Doing.SHUT, "the customer does not follow the account", shut="unreachable"),
    43019: Meaning(Doing.SHUT, "the customer has blocked the account", shut="unreachable"),
    48002: Meaning(Doing.SHUT, "the customer does not take messages of this account", shut="unreachable"),
    50005: Meaning(Doing.SHUT, "the customer does not follow the account", shut="unreachable"),
    # ---- how much. 45009 is a day's count of calls, which starts anew at midnight in Beijing; 45011 a minute's.
    45009: Meaning(Doing.WAIT, "the day's calls are used up", wait_s=HOUR_S),
    45011: Meaning(Doing.WAIT, "too many calls within a minute", wait_s=60.0),
    45033: Meaning(Doing.WAIT, "too many calls at the same time", wait_s=5.0),
    45015: Meaning(Doing.SHUT, "the 48 hours since the customer's last message are over", shut="out_of_window"),
    45047: Meaning(Doing.SHUT, "the customer must write again before more may be sent", shut="out_of_count"),
    # ---- what this account may. Without the customer-service API only answers on the line get through.
    48001: Meaning(Doing.SHUT, "the account has no permission for this API", shut=NO_API),
    # ---- what
    40004: Meaning(Doing.GIVE_UP, "the platform does not take media of this kind"),
    40005: Meaning(Doing.GIVE_UP, "the platform does not take files of this type"),
    40006: Meaning(Doing.GIVE_UP, "the file is too large for the platform"),
    40007: Meaning(Doing.GIVE_UP, "the media id is not known, or has expired"),
    40008: Meaning(Doing.GIVE_UP, "the platform does not take messages of this kind"),
    40009: Meaning(Doing.GIVE_UP, "the image is too large for the platform"),
    40010: Meaning(Doing.GIVE_UP, "the voice message is too large for the platform"),
    40011: Meaning(Doing.GIVE_UP, "the video is too large for the platform"),
    40037: Meaning(Doing.GIVE_UP, "the template's id is not known to this account"),
    40200: Meaning(Doing.GIVE_UP, "the account may not send menus"),
    43101: Meaning(Doing.GIVE_UP, "the customer has not agreed to messages of this form"),
    45001: Meaning(Doing.GIVE_UP, "the file is too large for the platform"),
    45002: Meaning(Doing.GIVE_UP, "the text is too long for the platform"),
    45008: Meaning(Doing.GIVE_UP, "the message is too long for the platform"),
    45157: Meaning(Doing.GIVE_UP, "the platform does not take a label in the message"),
    47001: Meaning(Doing.GIVE_UP, "the platform could not read the message"),
    47003: Meaning(Doing.GIVE_UP, "a field of the template has a value that the platform does not take"),
    87014: Meaning(Doing.GIVE_UP, "the platform takes the content for forbidden"),
}

TOKEN_CODES = frozenset(code for code, meaning in CODES.items() if meaning.doing is Doing.RENEW)
UNKNOWN = Meaning(Doing.GIVE_UP, "the platform refused the message")


class Refusal(Exception):
    """The platform's own no: `code` is its errcode, `message` its errmsg, which may name our address but no customer's words."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(f"errcode {code}")
        self.code = code
        self.message = message


def as_send_error(refusal: Refusal) -> SendError:
    """What a refusal means for the message that was handed over."""
    meaning = CODES.get(refusal.code, UNKNOWN)
    code = str(refusal.code)
    match meaning.doing:
        case Doing.SHUT:
            return Shut(f"{meaning.words} ({code})", code=meaning.shut)
        case Doing.WAIT | Doing.MEND | Doing.RENEW:
            return TryLater(meaning.words, code=code, retry_after_s=meaning.wait_s)
        case Doing.GIVE_UP:
            return Rejected(meaning.words, code=code)
