"""WeCom's rules for 微信客服, each with its page: developer.work.weixin.qq.com/document/path/ and a number. Read in November 2026."""

TOKEN_S = 7200
"""91039: "正常情况下为7200秒"; within it the same token is given again."""
CALLBACK_TOKEN_S = 600
"""94670: "回调事件返回的token字段，10分钟内有效"."""
PAGE_MAX_COUNT = 1000
KEPT_S = 3 * 24 * 3600
"""94670: "最近3天内具体的消息内容和事件"."""
ALLOWED_COUNT, ALLOWED_S = 5, 48 * 3600
"""94677: "用户发送消息 5条 48 小时"."""
TEXT_MAX_BYTES = 2048
MSGID_MAX_BYTES = 32
MENU_HEAD_MAX_BYTES, MENU_MAX_COUNT, MENU_ID_MAX_BYTES, MENU_ITEM_MAX_BYTES = 1024, 10, 64, 128
WELCOME_S, WELCOME_AGAIN_S = 20, 48 * 3600
"""96428: one, within 20 seconds; "用户在过去48小时里未收过欢迎语，且未向客服发过消息"."""
MEDIA_S = 3 * 24 * 3600
MEDIA_MAX_BYTES = {"image": 10 * 2**20, "voice": 2 * 2**20, "video": 10 * 2**20, "file": 20 * 2**20}
MEDIA_LEAST_BYTES = 6
CUSTOMERS_MAX_COUNT = 100
ACCOUNTS_MAX_COUNT = 100

NEW, ASSISTANT, QUEUED, SERVED, ENDED = 0, 1, 2, 3, 4
"""94669: the conversation's states."""
MAY_BE_WRITTEN = frozenset({NEW, ASSISTANT})
CHANGES = {
    NEW: {ASSISTANT, QUEUED, SERVED, ENDED},
    ASSISTANT: {QUEUED, SERVED, ENDED},
    QUEUED: {SERVED, ENDED},
    SERVED: {QUEUED, SERVED, ENDED},
}

ERRORS = {
    -1: "system busy",
    0: "ok",
    40001: "invalid credential",
    40004: "invalid media type",
    40006: "invalid file size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40035: "invalid parameter",
    40058: "invalid Request Parameter",
    40096: "invalid external userid",
    41001: "access_token missing",
    42001: "access_token expired",
    43002: "require POST method",
    44001: "empty media data",
    45002: "content size out of limit",
    45009: "api freq out of limit",
    45033: "api concurrent out of limit",
    48002: "api forbidden",
    60011: "no privilege to access/modify contact/party/agent",
    60020: "not allow to access from your ip, hint: [1655882753557010848204971], from ip: {ip}, more info at https://open.work.weixin.qq.com/devtool/query?e=60020",
    95000: "invalid open_kfid",
    95001: "send msg count limit",
    95002: "send msg time limit",
    95007: "invalid msg token",
    95008: "invalid menu item count",
    95013: "conversation end",
    95016: "invalid service state transition",
    95018: "send msg session status invalid",
}
"""90313, and what the field has seen in `errmsg`."""
