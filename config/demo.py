"""What `make run` adds to the built-in settings, so that there is something to ring."""

from config.phone import Phone, Sip

_SPOKEN = {
    "delivery": ("配送物流", "配送物流", "delivery"),
    "refund": ("退货退款", "退貨退款", "returns and refunds"),
    "order": ("订单", "訂單", "orders"),
    "payment": ("支付", "付款", "payment"),
    "account": ("账号", "帳號", "your account"),
    "membership": ("会员", "會員", "membership"),
    "invoice": ("发票", "發票", "invoices"),
    "promotion": ("优惠活动", "優惠活動", "offers"),
    "product": ("商品", "商品", "products"),
    "warranty": ("保修", "保固", "warranty"),
    "service": ("客服", "客服", "our service"),
    "complaint": ("投诉建议", "投訴建議", "complaints"),
}
"""The categories of the sample knowledge base, as they are said: in zh-CN, zh-TW and en."""


def demo_phone(port: int) -> Phone:
    """A number on this machine alone: `sip:frontdesk@127.0.0.1`."""
    menu = {category: dict(zip(("zh-CN", "zh-TW", "en"), names, strict=True)) for category, names in _SPOKEN.items()}
    return Phone(sip=Sip(listen=f"127.0.0.1:{port}"), menu=menu)
