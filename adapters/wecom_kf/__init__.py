"""微信客服 (WeChat customer service of WeCom) as a channel: callbacks, messages by cursor, answers by API."""

from adapters.wecom_kf.channel import WeComKfChannel
from adapters.wecom_kf.opening import open_wecom_kf

__all__ = ["WeComKfChannel", "open_wecom_kf"]
