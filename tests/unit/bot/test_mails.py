"""The bot on mails: what is asked, what a subject says about it, what becomes of several questions, and of none."""

import pytest
from msgspec import structs

from bot import Bot
from bot.segments import asks
from bot.subjects import Posed, posed
from gateway.core.decision import Decision, Kind
from gateway.core.handoff import Reason
from gateway.core.session import BotMemory
from tests.unit.bot.shop import ask

DAY = "2026-11-15"


def mailed(bot: Bot, words: str, subject: str = "", memory: BotMemory | None = None) -> Decision:
    return bot.decide(structs.replace(ask(words, channel_type="email", today=DAY, memory=memory), subject=subject, is_letter=True))


@pytest.mark.parametrize(
    ("subject", "words", "question"),
    [
        ("", "怎么退货？", Posed("怎么退货？")),
        ("Question 3", "How do I pay?", Posed("How do I pay?")),
        ("咨询", "怎么付款？", Posed("怎么付款？")),
        ("退款", "多久能到账？", Posed("多久能到账？", "退款")),
        ("怎么退货？", "如题，谢谢", Posed("怎么退货？")),
        ("怎麼退貨？", "如主旨，謝謝", Posed("怎麼退貨？")),
        ("How do I return it?", "Hi,\n\nplease see the subject.\n\nThanks", Posed("How do I return it?")),
        ("How do I return it?", "", Posed("How do I return it?")),
        ("请教一个问题", "请问在吗", Posed("请问在吗")),
        ("Invoice", "It works now.", Posed("It works now.", "Invoice")),
        ("How do I return it?", "It came on Monday.", Posed("How do I return it?\n\nIt came on Monday.")),
    ],
)
def test_a_subject_is_asked_where_the_words_below_it_ask_nothing(subject: str, words: str, question: Posed) -> None:
    assert posed(subject, words) == question


@pytest.mark.parametrize(
    "subject", ["", "咨询", "Question", "请教一个问题", "关于订单 20261122-8841", "怎么取消订单", "发票", "无主题", "紧急！！"]
)
def test_no_subject_changes_what_a_sure_question_is_answered_with(knowing: Bot, subject: str) -> None:
    decision = mailed(knowing, "您好，\n\n退款多久到账？\n\n谢谢！", subject)
    assert (decision.kind, decision.entry) == (Kind.ANSWER, "refund-time")


def test_a_question_in_the_subject_is_answered(knowing: Bot) -> None:
    assert mailed(knowing, "如题，谢谢！", "退款多久到账？").entry == "refund-time"
    assert mailed(knowing, "", "退款多久到账？").entry == "refund-time"


@pytest.mark.parametrize(
    "words", ["资料已发，请查收附件。", "Please find the documents attached.", "供您参考，无需回复。", "Our office is closed next week."]
)
def test_a_mail_that_asks_nothing_is_not_answered_by_its_subject(knowing: Bot, words: str) -> None:
    for subject in ("退款", "Refund", "发票", "订单"):
        assert mailed(knowing, words, subject).kind is Kind.HANDOFF


@pytest.mark.parametrize(
    "words",
    [
        "退款多久到账？\n怎么开发票？",
        "1. 退款多久到账？\n2. 怎么开发票？",
        "一、退款多久到账\n二、怎么开发票",
        "- 退款多久到账\n- 怎么开发票",
        "• 退款多久到账？\n• 怎么开发票？",
        "问题1：退款多久到账\n问题2：怎么开发票",
        "（一）退款多久到账？\n（二）怎么开发票？",
    ],
)
def test_all_that_a_mail_asks_is_answered_however_it_is_listed(knowing: Bot, words: str) -> None:
    decision = mailed(knowing, f"您好：\n\n{words}\n\n谢谢！", "咨询")
    assert (decision.kind, decision.detail["entries"]) == (Kind.ANSWER, ["refund-time", "invoice-how"])


def test_what_is_known_of_a_mail_is_said_at_once_and_people_answer_the_rest(knowing: Bot) -> None:
    decision = mailed(knowing, "退款多久到账？\n你们的创始人是怎么学会潜水的？")
    assert (decision.kind, decision.reason, decision.detail["told"]) == (Kind.HANDOFF, Reason.LOW_CONFIDENCE, ["refund-time"])
    assert decision.lead.endswith("关于“你们的创始人是怎么学会潜水的？”，会有客服人员回复您。")
    assert decision.trigger == "你们的创始人是怎么学会潜水的？"


def test_by_mail_the_likely_answers_are_given_instead_of_a_list(knowing: Bot) -> None:
    words = "我的东西想退掉行不行"
    decision, chat = mailed(knowing, words), knowing.decide(ask(words, today=DAY))
    assert chat.kind is Kind.CLARIFY
    assert chat.choices
    assert decision.kind is Kind.CLARIFY
    assert (decision.choices, decision.memory.offered, decision.memory.clarifications) == ((), (), 1)
    assert [f"entry:{entry}" for entry in decision.detail["offered"]] == [choice.id for choice in chat.choices[:-1]]


def test_a_mail_that_only_greets_is_asked_once_what_it_is_about(knowing: Bot) -> None:
    first = mailed(knowing, "请问在吗", "你好")
    assert (first.kind, first.trigger) == (Kind.CHITCHAT, "greeting")
    assert first.text.startswith("您好！来信已收到，不过信里还没有写明是什么事。")
    assert mailed(knowing, "在吗？", memory=first.memory).kind is Kind.HANDOFF


@pytest.mark.parametrize("words", ["你是谁", "讲个笑话", "2", "...", "are you a bot"])
def test_nobody_chats_by_mail(knowing: Bot, words: str) -> None:
    assert mailed(knowing, words).kind is Kind.HANDOFF


def test_a_wish_for_a_person_counts_in_the_subject_too(knowing: Bot) -> None:
    assert mailed(knowing, "退款多久到账？", "转人工").reason is Reason.EXPLICIT_REQUEST


def test_what_is_said_of_everything_is_no_question() -> None:
    assert not asks("记得以前什么都靠写信")
    assert asks("你们有什么颜色")
