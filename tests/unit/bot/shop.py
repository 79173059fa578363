"""A small shop for the bot's tests."""

from bot import Bot, Entry
from bot.entries import EntryHandoff, Risk
from config.texts import load_texts
from gateway.core.decision import Ask
from gateway.core.handoff import Reason, Urgency
from gateway.core.ids import EntryId, QueueName
from gateway.core.session import BotMemory
from gateway.core.texts import Texts

LANGUAGES = ("zh-CN", "zh-TW", "en")
TEXTS = Texts(load_texts())

ENTRIES = (
    Entry(
        id=EntryId("refund-time"),
        questions=("退款多久到账？", "什么时候能收到退款", "退款要几天", "how long does a refund take", "When will I get my refund?"),
        answer={"zh": "软件会在3天内原路退款。", "en": "Within 3 days."},
        answer_on={"phone": {"zh": "三天内到账。"}},
        category="payment",
        risk=Risk.HIGH,
    ),
    Entry(
        id=EntryId("cancel-order"),
        questions=("怎么取消订单", "下单后还能取消吗", "How do I cancel my order?", "I want to cancel an order"),
        answer={"zh": "在订单页取消。", "zh-TW": "請在訂單頁取消訂單喔。", "en": "Cancel it on the order page."},
        category="order",
    ),
    Entry(
        id=EntryId("shipping-cost"),
        questions=("运费多少钱", "包邮吗", "How much is shipping?", "do you offer free shipping"),
        answer={"zh": "满99元包邮。", "en": "Free from 99."},
        not_questions=("运费险多少钱",),
    ),
    Entry(
        id=EntryId("complaint"),
        questions=("怎么投诉快递员", "how do I complain about a courier"),
        answer={"zh": "正在为您转接。", "en": "One moment, please."},
        handoff=EntryHandoff(queue=QueueName("care"), reason=Reason.SENSITIVE_TOPIC),
        category="complaint",
        urgency=Urgency.HIGH,
    ),
    Entry(
        id=EntryId("winter-sale"),
        questions=("双十二有什么优惠", "what are the december discounts"),
        answer={"zh": "满300减40。", "en": "40 off 300."},
        valid_from="2026-12-01",
        valid_to="2026-12-12",
    ),
    Entry(
        id=EntryId("order-lookup"),
        questions=("查询订单金额", "look up what my order cost"),
        answer={"zh": "金额是{amount}。"},
        action={"http": {"url": "https://shop.example/orders"}},
    ),
    Entry(id=EntryId("member-join"), questions=("会员怎么办理", "how do I become a member"), answer={"zh": "注册即可。", "en": "Sign up."}),
    Entry(id=EntryId("member-renew"), questions=("怎么续会员", "会员怎么办理"), answer={"zh": "在会员中心续。", "en": "Renew there."}),
    Entry(id=EntryId("english-only"), questions=("can I buy gift wrapping",), answer={"en": "Yes, for 2."}),
)


def shop_bot() -> Bot:
    """A bot that knows the small shop."""
    return Bot(ENTRIES, texts=TEXTS)


def ask(text: str, *, picked: str | None = None, language: str | None = None, channel_type: str = "webchat", today: str = "2026-12-05",
        memory: BotMemory | None = None, languages: tuple[str, ...] = LANGUAGES) -> Ask:  # fmt: skip
    """A question, with what matters to the test."""
    return Ask(
        text=text,
        languages=languages,
        language=language,
        channel_type=channel_type,
        picked=picked,
        today=today,
        memory=memory or BotMemory(),
    )
