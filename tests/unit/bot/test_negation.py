"""Who does not want a thing is not told how to get it; who can't get it is."""

import pytest

from bot.negation import conflict, negated, stance
from bot.normalize import TextNormalizer
from bot.pinyin import Sounds

CANCEL = (
    "How do I cancel my order?", "I want to cancel an order I just placed", "Can I cancel before it ships?",
    "怎么取消订单", "我不想要了想取消", "下单后还能取消吗",
)  # fmt: skip
DELETE = (
    "How do I delete my account?",
    "I want to close my account",
    "Remove all my data",
    "怎么注销账号",
    "想删除账户",
    "把我的信息都删掉",
)
RENEW = ("How do I renew my subscription?", "Extend my membership", "会员怎么续费", "怎么续订", "想延长会员")
STOP_RENEWING = (
    "How do I turn off auto-renewal?", "Stop renewing my subscription", "How do I not renew?",
    "怎么关闭自动续费", "不想续费了", "取消自动扣款",
)  # fmt: skip
RETURN = ("How do I return an item?", "I want to send this back", "怎么退货", "想把东西退回去", "退货流程是什么")
STATES = (
    "I cannot log in to my account", "登录不了账号", "I never received a refund", "没收到退款", "My discount code does not work",
    "优惠码用不了", "Payment did not go through", "付款不成功", "This is not what I ordered", "收到的不是我买的",
)  # fmt: skip


def is_opposed(normalizer: TextNormalizer, text: str, questions: tuple[str, ...]) -> bool:
    cores = [normalizer.core(normalizer.plain(question)) for question in questions]
    asked = normalizer.core(normalizer.plain(text))
    return any(conflict(asked, stance(cores), nearest) for nearest in cores)


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        *((text, CANCEL) for text in (
            "please do not cancel my order", "don't cancel my order", "dont cancel it", "I don't want to cancel my order",
            "never cancel my order",
            "I did not cancel my order", "I never wanted to cancel", "please make sure my order is not cancelled",
            "no need to cancel the order",
            "I changed my mind, do not cancel", "I am not trying to cancel my order", "I won't cancel my order", "I'd rather not cancel",
            "别取消我的订单", "不要取消订单", "我不想取消订单", "请勿取消我的订单", "先别取消订单", "千万别取消我的订单",
            "不用取消订单了", "我没有要取消订单",
            "我没说要取消订单", "别取消", "別取消我的訂單", "請不要取消訂單", "不需要取消订单", "订单不取消了",
            "我不是要取消订单", "麻煩不要幫我取消訂單",
            "不要终止我的订单", "please do not void it",
        )),
        *((text, DELETE) for text in (
            "please do not delete my account", "I don't want my account closed", "do not close my account", "别注销我的账号",
            "不要删除我的账户",
            "我不想注销账号", "请不要把我的信息删掉", "我沒有要註銷帳號",
        )),
        *((text, RENEW) for text in (
            "how do I NOT renew", "I don't want to renew my subscription", "please don't renew it", "stop renewing", "不要续费",
            "別幫我續費",
            "怎么不续费", "不想續費會員",
        )),
        *((text, STOP_RENEWING) for text in ("please do not turn off auto-renewal", "不要关闭自动续费", "别取消自动扣款")),
        *((text, RETURN) for text in ("I don't want to return the item", "I do not want to send this back", "不想退货",
            "别给我退货", "我不要退货，我要换货")),
    ],
)  # fmt: skip
def test_what_is_not_wanted_speaks_against_its_entry(normalizer: TextNormalizer, text: str, questions: tuple[str, ...]) -> None:
    assert is_opposed(normalizer, text, questions)


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        *((text, STATES) for text in STATES),
        *((text, CANCEL) for text in (
            "I don't want my order anymore, how do I cancel it", "I don't know how to cancel my order", "why can't I cancel my order",
            "can't you cancel my order", "don't forget to cancel my order", "I have to cancel my order, I don't need it",
            "不知道怎么取消订单", "为什么不能取消订单", "订单取消不了", "能不能取消订单", "我不能不取消订单",
            "不小心下错单了怎么取消订单",
            "我不想要了想取消订单", "这个订单不合适，怎么取消", "没有收到货，想取消订单", "要不要钱，取消订单",
        )),
        *((text, STOP_RENEWING) for text in ("how do I not renew", "不想续费了", "不要续费", "stop renewing my plan", "怎么不续费")),
        *((text, RETURN) for text in ("the item does not fit, how do I return it", "不合适怎么退货",
            "can I return it without a receipt", "退不退货")),
    ],
)  # fmt: skip
def test_a_state_a_question_and_two_negations_are_left_alone(normalizer: TextNormalizer, text: str, questions: tuple[str, ...]) -> None:
    cores = [normalizer.core(normalizer.plain(question)) for question in questions]
    asked = normalizer.core(normalizer.plain(text))
    assert not conflict(asked, stance(cores), asked if asked in cores else cores[0])


def test_who_wants_a_thing_is_not_told_how_to_avoid_it(normalizer: TextNormalizer) -> None:
    only = ("How do I not renew?", "stop renewing my plan")
    assert is_opposed(normalizer, "how do I renew", only)
    assert not is_opposed(normalizer, "I do not want to renew", only)


def test_negation_survives_pinyin(normalizer: TextNormalizer) -> None:
    cores = [normalizer.core(normalizer.plain(question)) for question in CANCEL]
    heard = Sounds(cores, frozenset()).heard("bu yao quxiao dingdan")
    assert (heard, negated(heard).verbs[:1]) == ("不要取消订单", ("取消",))
