"""Whole conversations with the bot, in the three languages of the shop."""

import pytest

from bot import Bot
from bot.segments import asks, segments
from gateway.core.decision import Kind
from gateway.core.session import BotMemory
from tests.unit.bot.shop import ask
from tests.unit.bot.talking import DAY, talk

FOLLOW_UPS = {
    "free for returns": """
        > 怎么退货？
        = answer return-how
        > 运费谁出
        = answer|clarify return-shipping-fee
        """,
    "how long for returns": """
        > 怎么退货？
        = answer return-how
        > 那几天内可以？
        = answer|clarify return-period
        """,
    "the same in Traditional Chinese": """
        > 怎麼成為會員？
        = answer member-join
        > 有什麼好處呢
        = answer|clarify member-benefits
        """,
    "the same in English": """
        > How do I become a member?
        = answer member-join
        > what are the benefits?
        = answer|clarify member-benefits
        """,
    "a topic of its own": """
        > How do I use a coupon?
        = answer coupon-use
        > what about gift cards?
        = answer|clarify gift-card
        """,
    "what could be two things": """
        > How do I request a refund?
        = answer refund-how
        > how long does it take?
        = answer|clarify refund-time
        """,
    "the time of what": """
        > 怎么申请退款？
        = answer refund-how
        > 那多久到？
        = answer|clarify refund-time
        """,
    "abroad": """
        > How long does delivery take?
        = answer delivery-time
        > and overseas?
        = answer|clarify delivery-abroad
        """,
    "nothing that anybody knows": """
        > How much is shipping?
        = answer delivery-cost
        > and what about the weather?
        = clarify person
        """,
    "a question of its own": """
        > 怎么退货？
        = answer return-how
        > 积分会过期吗
        = answer points-expire
        """,
}


@pytest.mark.parametrize("script", FOLLOW_UPS.values(), ids=FOLLOW_UPS)
def test_a_follow_up_is_understood_with_the_turn_before_it_or_asked_about(sample: Bot, script: str) -> None:
    talk(sample, script)


HOLLOW = {
    "the time of what was just told": "> 退款多久到账？\n = answer refund-time\n > 那多久到？\n = clarify delivery-time person",
    "the time of what goes abroad": "> do you ship internationally\n = answer delivery-abroad\n > how long does it take?\n = clarify",
    "the time of a return": "> how do I return something\n = answer return-how\n > and how long does that take\n = clarify refund-time",
    "the time of a return, in Chinese": "> 怎么退货\n > 那多久到\n = clarify refund-time",
    "a price, in a few words": "> 可以寄到国外吗\n = answer delivery-abroad\n > 多少钱\n = clarify delivery-cost",
    "what fits the question before": "> 什么时候发货\n = answer delivery-when-ships\n > 那多久到？\n = answer delivery-time",
    "what names its own matter": "> 怎么取消订单\n = answer order-cancel\n > 那多久退款\n = answer refund-time",
    "abroad, in English": "> How long does delivery take?\n = answer delivery-time\n > and for abroad?\n = answer delivery-abroad",
}


@pytest.mark.parametrize("script", HOLLOW.values(), ids=HOLLOW)
def test_how_long_and_how_much_say_nothing_by_themselves_however_sure_the_search_is(knowing: Bot, script: str) -> None:
    talk(knowing, script)


@pytest.mark.parametrize("script", FOLLOW_UPS.values(), ids=FOLLOW_UPS)
def test_follow_ups_are_understood_by_meaning_too(knowing: Bot, script: str) -> None:
    talk(knowing, script)


@pytest.mark.parametrize("word", ["退款", "退货", "发票", "會員", "优惠券", "invoice", "refund", "gift card"])
def test_a_word_that_only_says_what_it_is_about_is_asked_about(knowing: Bot, word: str) -> None:
    decision = knowing.decide(ask(word, today=DAY))
    assert decision.kind in (Kind.CLARIFY, Kind.ANSWER)


@pytest.mark.parametrize(
    ("text", "language"),
    [("zen me kai fa piao", "zh-CN"), ("tui kuan duo jiu dao zhang", "zh-CN"), ("ｒｅｆｕｎｄ　ｈｏｗ　ｌｏｎｇ", "en")],
)
def test_the_reply_is_in_the_language_that_was_meant(knowing: Bot, text: str, language: str) -> None:
    decision = knowing.decide(ask(text, today=DAY))
    assert (decision.kind, decision.language) == (Kind.ANSWER, language)


PICKS = {
    "a number": "> 会员怎么办理\n = clarify member-join member-renew person\n > 2\n = answer member-renew",
    "a full-width number": "> 会员怎么办理\n > ２\n = answer member-renew",
    "a circled number": "> 会员怎么办理\n > ②\n = answer member-renew",
    "a keycap": "> 会员怎么办理\n > 2️⃣\n = answer member-renew",
    "the second, in Chinese": "> 会员怎么办理\n > 第二个\n = answer member-renew",
    "the second, in Traditional Chinese": "> 會員怎麼辦理\n > 我要問的是第二個\n = answer member-renew",
    "the second, in English": "> 会员怎么办理\n > I mean the second one please\n = answer member-renew",
    "its number with a full stop": "> 会员怎么办理\n > 1.\n = answer member-join",
    "the last one": "> 会员怎么办理\n > 最后一个\n = answer member-renew",
    "its own words": "> 会员怎么办理\n > 怎么续会员\n = answer member-renew",
    "part of its words": "> 会员怎么办理\n > 续会员\n = answer member-renew",
    "what it is about": "> 会员怎么办理\n > 关于续会员的那个\n = answer member-renew",
    "both": "> 会员怎么办理\n > 都要\n = answer member-join member-renew",
    "two numbers": "> 会员怎么办理\n > 1和2\n = answer member-join member-renew",
    "a tap": "> 会员怎么办理\n > !entry:member-renew\n = answer member-renew",
    "a tap on an older question's choice": """
        > 会员怎么办理
        > 包邮吗
        = answer shipping-cost
        > !entry:member-join
        = answer member-join
        """,
    "a tap on a person": "> 会员怎么办理\n > !person\n = handoff explicit_request",
    "the person's number": "> 会员怎么办理\n > 3\n = handoff explicit_request",
    "none of them": "> 会员怎么办理\n > 以上都不是\n = handoff clarify_failed",
    "none, in English": "> 会员怎么办理\n > none of these\n = handoff clarify_failed",
    "no": "> 会员怎么办理\n > 不是\n = handoff clarify_failed",
    "yes, to whichever": "> 会员怎么办理\n > 是的\n = clarify member-join member-renew\n > 1\n = answer member-join",
    "a new question": "> 会员怎么办理\n > 退款多久到账\n = answer refund-time",
    "a new question that holds a number": "> 会员怎么办理\n > how long does a refund take\n = answer refund-time",
    "a person in words": "> 会员怎么办理\n > 转人工\n = handoff explicit_request",
}


@pytest.mark.parametrize("script", PICKS.values(), ids=PICKS)
def test_did_you_mean_is_answered_in_any_of_the_ways_that_people_answer(bot: Bot, script: str) -> None:
    talk(bot, script)


@pytest.mark.parametrize(
    ("said", "entry"),
    [
        ("the one about refunds", "refund-time"),
        ("the delivery one please", "delivery-time"),
        ("I mean the refund", "refund-time"),
        ("delivery", "delivery-time"),
        ("关于退款的那个", "refund-time"),
        ("快递", "delivery-time"),
        ("退款那个吧", "refund-time"),
        ("是快递的問題", "delivery-time"),
    ],
)
def test_the_one_about_something_is_the_choice_that_speaks_of_it(sample: Bot, said: str, entry: str) -> None:
    offered = BotMemory(offered=("entry:refund-time", "entry:delivery-time", "person"), clarifications=1, misses=1, last_text="how long")
    decision = sample.decide(ask(said, memory=offered))
    assert (decision.kind, decision.entry) == (Kind.ANSWER, entry)


UNHELPED = {
    "nothing else comes near": "> 退款多久到账\n = answer refund-time\n > 不对\n = handoff repeated_miss",
    "in English": "> how long does a refund take\n > That did not help.\n = handoff repeated_miss",
    "in Traditional Chinese": "> 退款多久到帳\n > 不是這個意思\n = handoff repeated_miss",
    "with what was meant": "> 退款多久到账\n > 不对，我问的是包邮吗\n = answer shipping-cost",
    "with what was meant, in English": """
        > how long does a refund take
        > No, that's not what I meant. How do I cancel my order?
        = answer cancel-order
        """,
    "after small talk": "> 退款多久到账\n > 在吗\n = chitchat greeting\n > 没用\n = handoff repeated_miss",
    "without an answer before": "> 没用\n = handoff low_confidence",
    "after several answers": "> 包邮吗？另外怎么取消订单？\n = answer shipping-cost cancel-order\n > 没用\n = handoff repeated_miss",
}


@pytest.mark.parametrize("script", UNHELPED.values(), ids=UNHELPED)
def test_an_answer_that_did_not_help_leads_on_or_to_a_person(bot: Bot, script: str) -> None:
    talk(bot, script)


def test_the_next_best_entry_is_offered_and_what_was_tried_is_not(sample: Bot) -> None:
    *_, offered = talk(sample, "> How do I return an item?\n= answer return-how\n> that did not help\n= clarify person")
    assert "entry:return-how" not in [choice.id for choice in offered.choices]
    assert offered.memory.rejected == ("return-how",)


REPEATED = {
    "word for word": "> 退款多久到账\n > 退款多久到账？？\n = handoff repeated_miss",
    "reworded a little": "> how long does a refund take\n > so how long does the refund take\n = handoff repeated_miss",
    "reworded a little, in Chinese": "> 下单后还能取消吗\n > 下单后还可以取消吗\n = handoff repeated_miss",
    "two questions back in a row": "> 会员怎么办理\n > 是的\n = clarify\n > 对\n = handoff clarify_failed",
    "the same answer again and again": """
        > 退款多久到账
        > 包邮吗
        > 什么时候能收到退款
        = answer refund-time
        > 运费多少钱
        = answer shipping-cost
        > 退款要几天
        = handoff loop_detected
        """,
    "small talk without end": "> 你好\n" * 8 + "= chitchat greeting\n> 你好\n= handoff loop_detected",
}


@pytest.mark.parametrize("script", REPEATED.values(), ids=REPEATED)
def test_going_round_in_circles_ends_with_a_person(bot: Bot, script: str) -> None:
    talk(bot, script)


SEVERAL = {
    "two in one": "> How much is shipping? And how do I cancel my order?\n = answer shipping-cost cancel-order",
    "two in one, in Chinese": "> 包邮吗？另外怎么取消订单？\n = answer shipping-cost cancel-order",
    "one of them for people": "> 包邮吗？另外怎么投诉快递员？\n = handoff low_confidence",
    "one of them unknown": "> 包邮吗？另外狗生病了怎么办？\n = answer shipping-cost unanswered",
    "one of them unknown, and a person is wanted for it": "> 包邮吗？另外狗生病了怎么办？\n > 好的\n = handoff",
    "with courtesies": "> Hello! I hope you are well. How do I cancel my order? Many thanks.\n = answer cancel-order",
    "and a person": "> 包邮吗？转人工\n = handoff explicit_request",
}


@pytest.mark.parametrize("script", SEVERAL.values(), ids=SEVERAL)
def test_nothing_that_was_asked_is_left_out_in_silence(bot: Bot, script: str) -> None:
    talk(bot, script)


def test_several_answers_stand_under_their_questions(bot: Bot) -> None:
    (decision,) = talk(bot, "> How much is shipping? And how do I cancel my order?")
    assert decision.text == "**How much is shipping?**\nFree from 99.\n\n**How do I cancel my order?**\nCancel it on the order page."


def test_what_has_no_answer_is_named_with_a_person_beside_it(bot: Bot) -> None:
    (decision,) = talk(bot, "> How much is shipping? And [is](http://evil) my dog sick?")
    assert decision.text == "Free from 99."
    assert decision.prompt == "I have no sure answer about “is http://evil my dog sick?”. A colleague can help you with that."
    assert [choice.id for choice in decision.choices] == ["person"]


SENSITIVE = {
    "a life": "> 我不想活了，退款多久到账\n = handoff sensitive_topic urgent",
    "a life, in English": "> I want to kill myself\n = handoff sensitive_topic urgent",
    "a life, in Traditional Chinese": "> 我想自殺\n = handoff sensitive_topic urgent",
    "the law": "> 我已经找了律师准备走法律途径\n = handoff sensitive_topic high",
    "the law, in English": "> you will hear from my lawyer about this refund\n = handoff high",
    "the police": "> 我要报警\n = handoff sensitive_topic high",
    "leaked data": "> 你们泄露了我的个人信息\n = handoff sensitive_topic high",
    "leaked data, in English": "> there was a data breach and my data was stolen\n = handoff sensitive_topic high",
    "an entry that says so": "> how do I complain about a courier\n = handoff sensitive_topic complaint",
    "harmless words": "> 双十二有什么优惠\n = handoff low_confidence",
}


@pytest.mark.parametrize("script", SENSITIVE.values(), ids=SENSITIVE)
def test_a_sensitive_topic_is_for_people(bot: Bot, script: str) -> None:
    talk(bot, script)


def test_who_is_in_danger_is_told_where_help_is_before_anything_else(bot: Bot) -> None:
    (decision,) = talk(bot, "> I want to kill myself")
    assert "emergency number" in decision.lead


SMALL_TALK = {
    "thanks for an answer": "> 包邮吗\n > 谢谢\n = chitchat thanks helped:shipping-cost",
    "thanks for nothing": "> thanks\n = chitchat thanks",
    "nothing else": "> 包邮吗\n > 谢谢\n > 没有了\n = chitchat",
    "no, nothing else": "> do you offer free shipping\n > thanks!\n > no\n = chitchat goodbye",
    "in between": "> 会员怎么办理\n > 在吗\n = chitchat greeting\n > 2\n = answer member-renew",
}


@pytest.mark.parametrize("script", SMALL_TALK.values(), ids=SMALL_TALK)
def test_small_talk_is_a_layer_of_its_own(bot: Bot, script: str) -> None:
    talk(bot, script)


def test_what_helped_is_remembered(bot: Bot) -> None:
    *_, thanked = talk(bot, "> 包邮吗\n> 谢谢")
    assert (thanked.memory.helped, thanked.memory.misses) == (("shipping-cost",), 0)


def test_the_same_entry_for_another_question_is_not_said_twice_in_silence(sample: Bot) -> None:
    talk(sample, "> how long does a refund take\n= answer refund-time\n> when will I get my refund?\n= clarify person")


def test_what_is_asked_behind_a_colon_is_a_piece_of_its_own() -> None:
    told = "We have moved and everything is still in boxes, so I could not look it up myself: how do I get an invoice? Many thanks."
    assert "how do I get an invoice?" in segments(told)
    assert "怎么退货？" in segments("我在你们店里买了一件衣服，尺码不太合适，想请教一下：怎么退货？")


def test_a_few_days_ago_is_no_question() -> None:
    assert not asks("前几天我们全家刚搬了新家")
    assert asks("几天能送到")


@pytest.mark.parametrize(
    ("text", "entry"),
    [("发票怎么开", "invoice-how"), ("发票要怎么开呢", "invoice-how"), ("發票怎麼開", "invoice-how"), ("密码怎么改", "account-password")],
)
def test_what_is_asked_the_other_way_round_is_the_same_question(knowing: Bot, text: str, entry: str) -> None:
    assert knowing.decide(ask(text, today=DAY)).entry == entry
