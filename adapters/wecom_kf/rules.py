"""The platform's rules for 微信客服, each with its page: what turns out to be different is put right here alone.

Pages, read in November 2026, developer.work.weixin.qq.com/document/path/ and: 94670 接收消息和事件, 94677 发送消息, 94669 分配客服会话,
94661 获取客服账号列表, 96428 发送欢迎语等事件响应消息, 96429 获取客户基础信息, 96484 上传临时素材, 96486 获取临时素材,
91039 获取access_token, 90313 全局错误码. Nothing here was tried against the live platform.
"""

from datetime import datetime, timedelta

from gateway.core.allowance import Grant, Pocket
from gateway.core.message import Status

# ---- 94677 发送消息

ALLOWED_COUNT = 5
ALLOWED_FOR = timedelta(hours=48)
TEXT_MAX_BYTES = 2048
MSGID_PATTERN = r"[0-9a-zA-Z_-]{1,32}"
MENU_HEAD_MAX_BYTES = 1024
MENU_MAX_COUNT = 10
MENU_ID_MAX_BYTES = 64
MENU_ITEM_MAX_BYTES = 128

# ---- 94670 接收消息和事件

PAGE_MAX_COUNT = 1000
CALL_TOKEN_S = 540.0
"""A callback's Token lives ten minutes; not used in the last of them."""
FROM_CUSTOMER = 3
FROM_SERVICER = 5
"""A person of the company who answers in WeCom."""

FAIL_WORDS = {
    0: "unknown reason",
    1: "the customer-service account has been deleted",
    2: "the app has been closed",
    4: "48 hours since the customer's last message are over",
    5: "the conversation was closed in WeCom",
    6: "five messages were sent since the customer's last one",
    7: "no Channels account (视频号) is bound",
    8: "the company is not verified",
    9: "no Channels account (视频号) is bound, and the company is not verified",
    10: "the customer does not accept messages",
    11: "no member of the company has logged in to the WeCom app: one has to, once",
    12: "this type of message is forbidden for the account",
    13: "refused for security",
}
"""`fail_type` of `msg_send_fail`, in words."""
KEPT_FAILURES = {4: "out_of_window", 5: "out_of_window", 6: "out_of_count"}
"""These end with the customer's next message, and what failed so goes out then: the word of `gateway.core.errors.Shut` for each."""

# ---- 96428 发送欢迎语等事件响应消息

WELCOME_S = 20.0
"""How long the code of an `enter_session` may be used, once."""

# ---- 94669 分配客服会话

STATE_NEW = 0
STATE_ASSISTANT = 1
STATE_QUEUED = 2
STATE_SERVED = 3
STATE_ENDED = 4

# ---- 94661, 96429

ACCOUNTS_PAGE_COUNT = 100
CUSTOMERS_MAX_COUNT = 100

# ---- 96484 上传临时素材, 96486 获取临时素材

MEDIA_S = 2.5 * 24 * 3600
"""A media_id lives three days; ours are used again for less."""
UPLOADS = {
    "image/jpeg": ("image", 10 * 2**20),
    "image/png": ("image", 10 * 2**20),
    "audio/amr": ("voice", 2 * 2**20),
    "video/mp4": ("video", 10 * 2**20),
}
"""What goes out as more than a file to save: its type there, and how large it may be. A voice of over a minute is refused by its length;
those that agents send are short."""
FILE_MAX_BYTES = 20 * 2**20
FILE_LEAST_BYTES = 6
"""所有文件size必须大于5个字节."""


def grant(at: datetime) -> Grant:
    """What a message of the customer, sent at this moment, lets us send. Entering the conversation allows nothing but the greeting."""
    return Grant(pocket=Pocket.SAID, count=ALLOWED_COUNT, until=at + ALLOWED_FOR)


def fate(fail_type: int) -> tuple[Status, str, str]:
    """What became of a message that the platform had taken, the words for people, and why nothing more may be sent, if so."""
    words, why = FAIL_WORDS.get(fail_type, "a reason that we don't know"), KEPT_FAILURES.get(fail_type, "")
    return (Status.KEPT if why else Status.FAILED), f"WeCom could not deliver it: {words} (fail_type {fail_type})", why
