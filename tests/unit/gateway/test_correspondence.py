"""What the bot's decisions become by mail, and before senders in doubt."""

import pytest
from msgspec import structs

from config.email import Email, Imap, Smtp
from config.schema import Settings
from gateway.core.decision import Decision, Heard, Kind, Lookup, Road
from gateway.core.handoff import Reason
from gateway.core.ids import EntryId
from gateway.core.memory import BotMemory
from gateway.core.message import Author
from gateway.core.parts import Letter, Text
from gateway.correspondence import choice_hint, gist, is_last_word, replying, to_a_person, withheld
from gateway.questions import Question, asked
from tests.unit.handoff.people import SITE, session

MAILBOX = Email(address="support@example.com", imap=Imap(host="h", user="u"), smtp=Smtp(host="h"))
SETTINGS = Settings(channels={SITE: MAILBOX})
THANKS = Decision(kind=Kind.CHITCHAT, language="en", text="You are welcome.", trigger="thanks")
ANSWER = Decision(kind=Kind.ANSWER, language="en", text="Three days.", entry=EntryId("time"), confidence=0.9)


@pytest.mark.parametrize(
    "words", ["谢谢", "好的，谢谢！", "谢谢，没问题了", "不用了，谢谢", "Thanks, that worked", "no problem, thanks", "再见"]
)
def test_thanks_and_farewells_need_no_answer(words: str) -> None:
    assert is_last_word(THANKS, words)


@pytest.mark.parametrize(
    "words", ["没有解决", "谢谢，还是不行", "Thanks, it still fails", "thanks, but that isn't it", "谢谢，什么时候到？", "no thanks"]
)
def test_what_may_be_a_complaint_in_polite_words_gets_somebody(words: str) -> None:
    assert not is_last_word(THANKS, words)


def test_a_greeting_is_no_last_word() -> None:
    assert not is_last_word(structs.replace(THANKS, trigger="greeting"), "hello")


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        ("Thanks\n\nBest regards", "Thanks"),
        ("退款多久到账？\n谢谢\n祝好", "退款多久到账？"),
        ("谢谢", "谢谢"),
        ("Parcel\n\nWhere?\n\nRegards", "Parcel\n\nWhere?"),
        ("谢谢\n退款呢", "谢谢\n退款呢"),
    ],
)
def test_courtesies_at_the_end_of_a_short_mail_say_nothing(mail: str, said: str) -> None:
    assert gist(mail) == said


@pytest.mark.parametrize(
    ("before", "trigger"),
    [
        (session(memory=BotMemory(entries=("time",))), "replied to the bot's mail"),
        (session(answered_by=Author.BOT), "replied to the bot's mail"),
        (session(answered_by=Author.AGENT), "replied to a person's mail"),
    ],
)
def test_a_reply_means_a_person(before: object, trigger: str) -> None:
    decided = replying(before, ANSWER, SETTINGS)  # type: ignore[arg-type]
    assert (decided.kind, decided.reason, decided.trigger, decided.text) == (Kind.HANDOFF, Reason.EXPLICIT_REQUEST, trigger, "")
    assert decided.detail == {"suggested": ["Three days."], "would": "answer"}


def test_what_is_no_reply_is_the_bots_and_so_are_its_own_choices_and_its_own_reasons() -> None:
    answered = session(memory=BotMemory(entries=("time",)))
    sad = structs.replace(ANSWER, kind=Kind.HANDOFF, reason=Reason.SENSITIVE_TOPIC)
    picked = structs.replace(ANSWER, detail={"picked": "entry:time"})
    kept = Settings(channels={SITE: structs.replace(MAILBOX, reply_means_person=False)})
    assert replying(session(), ANSWER, SETTINGS) is ANSWER
    assert replying(answered, picked, SETTINGS) is picked
    assert replying(answered, sad, SETTINGS) is sad
    assert replying(answered, ANSWER, kept) is ANSWER
    assert replying(answered, ANSWER, Settings()) is ANSWER


def test_nothing_that_belongs_to_somebody_is_asked_for_or_told_before_a_sender_in_doubt() -> None:
    doubtful = session(is_doubtful=True)
    order = structs.replace(ANSWER, lookup=Lookup(entry=EntryId("order"), action="orders"))
    asks = Decision(kind=Kind.CLARIFY, language="en", text="Which order?", memory=BotMemory(asking="order", action="order"))
    for decision in (order, asks):
        decided = withheld(doubtful, decision)
        assert (decided.kind, decided.reason, decided.trigger) == (Kind.HANDOFF, Reason.BUSINESS_RULE, "unproven sender")
        assert (decided.lookup, decided.text, decided.memory.asking, "suggested" in decided.detail) == (None, "", "", False)
        assert withheld(session(), decision) is decision
    told = structs.replace(ANSWER, text="It lies in Berlin.")
    assert "Berlin" not in str(withheld(doubtful, told, looked_up=order.lookup))


def test_what_everybody_may_know_is_told_in_better_words_too() -> None:
    worded = structs.replace(ANSWER, lookup=Lookup(entry=EntryId("time"), action="", road=Road.ANSWERER))
    assert withheld(session(is_doubtful=True), ANSWER) is ANSWER
    assert withheld(session(is_doubtful=True), worded) is worded


def test_a_question_back_is_no_suggestion() -> None:
    clarify = Decision(kind=Kind.CLARIFY, language="en", text="Which one?")
    assert to_a_person(clarify, Reason.LOOP_DETECTED, "x").detail == {"would": "clarify"}


@pytest.mark.parametrize(
    ("words", "subject", "question"),
    [
        ("退款\n\n多久到账？", "退款", Question("多久到账？", "退款")),
        ("Parcel\n\nWhere is it?", "Fwd: Parcel", Question("Where is it?", "Parcel")),
        ("Parcel", "Parcel", Question("Parcel")),
        ("Where is it?\n\nI wait.", "Parcel", Question("Where is it?\n\nI wait.")),
        ("", "", Question("")),
    ],
)
def test_a_mails_subject_is_told_from_its_words(words: str, subject: str, question: Question) -> None:
    parts = (Letter(subject=subject), Text(words)) if words else (Letter(subject=subject),)
    assert asked(Heard(1, parts)) == question


def test_a_reply_to_a_question_back_means_a_person_but_for_what_was_offered() -> None:
    asked_back = session(memory=BotMemory(clarifications=1))
    chosen = structs.replace(ANSWER, detail={"named": "entry:time"})
    decided = replying(asked_back, ANSWER, SETTINGS)
    assert (decided.kind, decided.trigger, decided.detail["suggested"]) == (Kind.HANDOFF, "replied to the bot's mail", ["Three days."])
    assert replying(asked_back, chosen, SETTINGS) is chosen


def test_thanks_that_are_a_complaint_are_a_persons() -> None:
    decided = replying(session(), THANKS, SETTINGS)
    assert (decided.kind, decided.reason, decided.text) == (Kind.HANDOFF, Reason.LOW_CONFIDENCE, "")


def test_what_is_known_of_a_reply_is_suggested_and_not_said() -> None:
    in_part = Decision(kind=Kind.HANDOFF, language="en", lead="Three days.", detail={"told": ["time"]})
    decided = replying(session(answered_by=Author.AGENT), in_part, SETTINGS)
    assert (decided.lead, decided.detail["suggested"]) == ("", ["Three days."])
    assert replying(session(), in_part, SETTINGS) is in_part


def test_the_words_under_choices_say_what_a_reply_is_taken_for() -> None:
    kept = Settings(channels={SITE: structs.replace(MAILBOX, reply_means_person=False)})
    assert [choice_hint(session(), settings) for settings in (SETTINGS, kept, Settings())] == [
        "email.choice_hint", "email.choice_hint_open", "bot.reply_number",
    ]  # fmt: skip
