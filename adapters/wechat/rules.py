"""What the platform allows an Official Account: the one place to correct, each rule with the page that it came from (seen 2026-11).

Pages of developers.weixin.qq.com, under /doc/subscription or /doc/service:
A  客服消息 发送客服消息 (api/customer/message/api_sendcustommessage): the table of what a customer's deed allows, and since when
B  被动回复用户消息 (guide/product/message/Passive_user_reply_message)
C  新增临时素材 (api/material/temporary/api_uploadtempmedia)
D  生成带参数的二维码 (api/qrcode/qrcodes/api_createqrcode)
E  自定义菜单事件推送, 关注/取消关注事件, 扫描带参数二维码事件
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from gateway.core.allowance import Grant, Pocket

TEXT_MAX_BYTES = 2048
"""A and B: of UTF-8; more is refused with 45002."""
MENU_MAX_COUNT = 10
"""Entries of a `msgmenu`. No page names a limit; more would not be read."""
SCENE_PREFIX = "fd_"
SCENE_MAX_CHARS = 64
"""D: of `scene_str`."""
SCENE_MAX_S = 2_592_000
"""D: `expire_seconds`, 30 days."""
MEDIA_KEPT_S = 3 * 86_400 - 6 * 3600
"""C: an uploaded file is kept three days; used a little less long."""


class Deed(StrEnum):
    """What a customer does."""

    SAID = "said"
    MENU = "menu"
    """A tapped entry of the account's menu, or of a `msgmenu` (A: it counts as a menu's, not as a message)."""
    FOLLOWED = "followed"
    SCANNED = "scanned"


GRANTS: dict[Deed, tuple[Pocket, int, timedelta]] = {  # A
    Deed.SAID: (Pocket.SAID, 5, timedelta(hours=48)),  # 20 until 2023-06
    Deed.MENU: (Pocket.TOUCHED, 3, timedelta(minutes=1)),
    Deed.FOLLOWED: (Pocket.TOUCHED, 3, timedelta(minutes=1)),
    Deed.SCANNED: (Pocket.TOUCHED, 3, timedelta(minutes=1)),
}

MENU_EVENTS = frozenset({"click", "scancode_push", "scancode_waitmsg"})
"""A: of a menu's kinds only these three allow anything."""
SILENT_MENU_EVENTS = frozenset({"view", "view_miniprogram", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"})
"""E: the customer opened a page, or chooses a picture or a place, which then comes as a message of its own."""
OTHER_EVENTS = frozenset({
    "location", "massendjobfinish", "masssendjobfinish", "publishjobfinish", "kf_create_session", "kf_close_session", "kf_switch_session",
    "qualification_verify_success", "qualification_verify_fail", "naming_verify_success", "naming_verify_fail", "annual_renew",
    "verify_expired", "subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event", "user_info_modified",
    "user_authorization_revoke", "user_authorization_cancellation", "transfer_result", "poi_check_notify", "debug_demo",
})  # fmt: skip
"""Events that no conversation follows from: reports of position, results of mass messages, news of the account."""
TEMPLATE_RESULT = "templatesendjobfinish"
UNREADABLE = "收到不支持的消息类型"
"""Stands in the text of what the platform itself can't pass on, such as stickers: a message all the same, but not these words."""


class Media(Struct, frozen=True):
    """How a type of file is sent."""

    kind: str
    max_bytes: int
    ending: str


MEDIA: dict[str, Media] = {  # C
    "image/jpeg": Media("image", 10 * 2**20, "jpg"),
    "image/png": Media("image", 10 * 2**20, "png"),
    "image/gif": Media("image", 10 * 2**20, "gif"),
    "image/bmp": Media("image", 10 * 2**20, "bmp"),
    "audio/amr": Media("voice", 2 * 2**20, "amr"),
    "audio/mpeg": Media("voice", 2 * 2**20, "mp3"),
    "video/mp4": Media("video", 10 * 2**20, "mp4"),
}
"""What is of another type, or larger, goes as a link."""


def grant(deed: Deed, since: datetime) -> Grant:
    """What a deed allows, counted from when it was done."""
    pocket, count, time = GRANTS[deed]
    return Grant(pocket=pocket, count=count, until=since + time)
