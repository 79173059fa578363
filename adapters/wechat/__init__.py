"""A WeChat Official Account (公众号) as a channel."""

from adapters.wechat.channel import WeChatChannel
from adapters.wechat.opening import open_wechat

__all__ = ["WeChatChannel", "open_wechat"]
