"""`[channels.NAME]` of WeChat: an Official Account (公众号, `type = "wechat"`) and 微信客服 (`type = "wecom_kf"`)."""

from typing import Annotated, Literal

from msgspec import Meta, field

from config.sections import Count, Seconds, Secret, Section


class NoticeTemplate(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[channels.NAME.templates.NAME]`: a template message that agents may send when free text may not go out any more."""

    id: str
    """The template's id in the Official Account's backend."""
    title: dict[str, str] = field(default_factory=dict)
    """By language: what agents read; empty: its name."""
    text: str
    """How it reads, each field as `{{name.DATA}}`: the backend's own text of the template."""
    url: str = ""
    """What a tap opens; empty: nothing."""


class WeChat(Section, tag_field="type", tag="wechat", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[channels.NAME] type = "wechat"`: an Official Account. Its push address is `/wechat/NAME`."""

    app_id: str
    app_secret: Secret
    token: Secret
    """The Token of 服务器配置."""
    aes_key: Secret = ""
    """The EncodingAESKey, 43 characters: needed for the modes compatible and safe."""
    mode: Literal["plain", "compatible", "safe"] = "safe"
    api_base: str = "https://api.weixin.qq.com"
    queue: str = "default"
    passive_s: Annotated[float, Meta(ge=0, le=4.5)] = 1.5
    """How long a push waits for its answer to go back on the line; then it goes out by the customer-service API."""
    customer_service: bool = True
    """The account may call the customer-service API. `false` (an account that is not verified): answers go back on the line alone, and what
    an agent writes waits for the customer's next message."""
    menus: bool = True
    """Choices as a menu to tap (`msgmenu`); accounts that may not are noticed, and get numbers."""
    reserve: Annotated[int, Meta(ge=0, le=4)] = 1
    """Of the messages that the platform allows after each of the customer's: how many are left to agents."""
    survey: bool = True
    """Ask how it was when an agent ends a conversation: one message, of those that are allowed."""
    greeting: dict[str, str] = field(default_factory=dict)
    """By language: said to who follows the account; empty: ours."""
    menu: dict[str, str] = field(default_factory=dict)
    """What a tap on a menu entry of your own asks: the entry's key = the words."""
    media_max_bytes: Count = 20 * 1024 * 1024
    """Of a file that a customer sends."""
    timeout_s: Seconds = 10.0
    """How long the platform may take to answer a call."""
    templates: dict[str, NoticeTemplate] = field(default_factory=dict)


class WeComKf(Section, tag_field="type", tag="wecom_kf", frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[channels.NAME] type = "wecom_kf"`: 微信客服 of a company in WeCom. Its callback address is `/wechat/NAME`."""

    corp_id: str
    secret: Secret
    """The Secret of 微信客服, or of the app that may call its API."""
    token: Secret
    aes_key: Secret
    open_kfids: tuple[str, ...] = ()
    """The customer-service accounts that are ours; empty: all that push to us."""
    api_base: str = "https://qyapi.weixin.qq.com"
    queue: str = "default"
    menus: bool = True
    reserve: Annotated[int, Meta(ge=0, le=4)] = 1
    survey: bool = True
    """As above."""
    greeting: dict[str, str] = field(default_factory=dict)
    """By language: said to who opens the conversation; empty: ours."""
    media_max_bytes: Count = 20 * 1024 * 1024
    poll_s: Annotated[float, Meta(ge=5, le=3600)] = 60.0
    """How often messages are asked for without a callback: the net under lost ones."""
    timeout_s: Seconds = 10.0
