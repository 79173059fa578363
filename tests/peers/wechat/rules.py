"""The platform's rules in numbers and words, each with the page it comes from. What turns out to be different is mended here alone.

Pages, under https://developers.weixin.qq.com/doc/service/: read in November 2026.
"""

TOKEN_PAGE = "api/base/api_getstableaccesstoken"
SEND_PAGE = "api/customer/message/api_sendcustommessage"
TYPING_PAGE = "api/customer/message/api_typing"
PASSIVE_PAGE = "guide/product/message/Passive_user_reply_message"
MEDIA_PAGE = "api/material/temporary/api_uploadtempmedia"
TEMPLATE_PAGE = "api/notify/template/api_sendtemplatemessage"
QR_PAGE = "api/qrcode/qrcodes/api_createqrcode"
ERRORS_PAGE = "guide/dev/errcode"

# TOKEN_PAGE: "有效期最长为7200s"; "提前5分钟更新"; "每天20次"; "间隔至少为30s，否则不会刷新"; "至少要保留 512 个字符"; "1万次 每分钟"
TOKEN_S = 7200
TOKEN_OVERLAP_S = 300
FORCED_PER_DAY = 20
FORCED_APART_S = 30
TOKEN_CALLS_PER_MINUTE = 10_000

# PASSIVE_PAGE: "五秒内收不到响应会断掉连接，并且重新发起请求，总共重试三次"
PUSH_DEADLINE_S = 5.0
PUSH_ATTEMPTS = 3
OUT_OF_SERVICE = "该公众号暂时无法提供服务，请稍后再试"
"""What the user is told when nothing came back, or nothing that can be read (`PASSIVE_PAGE`)."""

# SEND_PAGE: the table of what lets an account send: how many messages, for how long
SAID_COUNT, SAID_S = 5, 48 * 3600
TOUCHED_COUNT, TOUCHED_S = 3, 60
TEXT_MAX_BYTES = 2048
SENT_TYPES = ("text", "image", "voice", "video", "music", "news", "mpnews", "mpnewsarticle", "msgmenu", "wxcard", "miniprogrampage")
MEDIA_TYPES = ("image", "voice", "video")

# TYPING_PAGE: "30秒内跟用户有过消息交互"; "在输入状态中（持续15s），不可重复下发"; a message ends it
TYPING_AFTER_S = 30
TYPING_S = 15

# MEDIA_PAGE: image 10 MB bmp/png/jpeg/jpg/gif; voice 2 MB, 60 s, AMR\MP3; video 10 MB MP4; thumb 64 KB JPG; three days
MEDIA_S = 3 * 24 * 3600
MEDIA_MAX_BYTES = {"image": 10 * 2**20, "voice": 2 * 2**20, "video": 10 * 2**20, "thumb": 64 * 2**10}
MEDIA_ENDINGS = {
    "image": ("bmp", "png", "jpeg", "jpg", "gif"), "voice": ("amr", "mp3"), "video": ("mp4",), "thumb": ("jpg",),
}  # fmt: skip
TOO_LARGE = {"image": 40009, "voice": 40010, "video": 40011, "thumb": 40012}

# QR_PAGE: "最大不超过2592000（即30天），此字段如果不填，则默认有效期为60秒"; scene_str 1 to 64
QR_MAX_S = 2_592_000
QR_DEFAULT_S = 60
SCENE_MAX_CHARACTERS = 64

ERRORS = {
    -1: "system error",
    0: "ok",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid meida size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40010: "invalid voice size",
    40011: "invalid video size",
    40012: "invalid thumb size",
    40013: "invalid appid",
    40014: "invalid access_token",
    40037: "invalid template_id",
    40053: "invalid action info",
    40066: "invalid url",
    40097: "invalid args",
    40125: "invalid appsecret",
    40164: "invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist",
    40200: "invalid account type",
    41001: "access_token missing",
    41005: "media data missing",
    41006: "media_id missing",
    43002: "require POST method",
    43004: "require subscribe",
    43019: "require remove blacklist",
    44002: "empty post data",
    44004: "empty text content",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45072: "command must be \\'Typing\\' or \\'CancelTyping\\'",
    45080: "need the user send a message in 30s",
    45081: "already in typing",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48002: "user refuse to accept the msg",
    42001: "access_token expired",
}
"""ERRORS_PAGE, and the pages of the calls; the words as the field has seen them in `errmsg`."""
