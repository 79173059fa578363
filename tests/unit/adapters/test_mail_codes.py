"""Mail servers' answers are understood as people would."""

from adapters.email.smtp.codes import MEANINGS, Answer, Stage, as_send_error, meaning_of, trouble
from adapters.email.smtp.transaction import renamed
from config.texts import load_texts
from gateway.core.errors import Rejected, TryLater

SEEN = (
    # NetEase
    (Stage.CONTENT, 554, "DT:SPM 163 smtp10,", "spam"),
    (Stage.SENDER, 550, "User has no permission", "auth"),
    (Stage.CONTENT, 450, "MI:DMC 163 smtp", "rate"),
    (Stage.SENDER, 553, "Mail from must equal authorized user", "sender"),
    (Stage.GREETING, 421, "HL:ICC 163 smtp", "rate"),
    # QQ and Exmail
    (Stage.RECIPIENT, 550, "Mailbox not found. http://service.mail.qq.com/", "user_unknown"),
    (Stage.CONTENT, 550, "Domain frequency limited", "rate"),
    (Stage.CONTENT, 550, "Mail content denied. http://service.exmail.qq.com/", "spam"),
    (Stage.SENDER, 501, "mail from address must be same as authorization user.", "sender"),
    (Stage.LOGIN, 535, "Login fail. Authorization code is expired", "auth"),
    (Stage.CONTENT, 550, "DMARC check failed", "policy"),
    # Microsoft
    (Stage.LOGIN, 535, "5.7.139 Authentication unsuccessful, basic authentication is disabled.", "auth"),
    (Stage.CONTENT, 432, "4.3.2 Concurrent connections limit exceeded.", "rate"),
    (Stage.CONTENT, 554, "5.2.252 SendAsDenied; support@example.com not allowed to send as x", "sender"),
    (Stage.CONTENT, 554, "5.2.2 mailbox full; STOREDRV.Submission", "mailbox_full"),
    (Stage.RECIPIENT, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", "user_unknown"),
    # Google
    (Stage.SENDER, 530, "5.7.0 Authentication Required. Learn more at", "auth"),
    (Stage.CONTENT, 550, "5.4.5 Daily user sending limit exceeded.", "quota"),
    (Stage.CONTENT, 552, "5.3.4 Your message exceeded Google's message size limits.", "size"),
    (Stage.RECIPIENT, 550, "5.1.1 The email account that you tried to reach does not exist.", "user_unknown"),
    (Stage.RECIPIENT, 450, "4.2.1 The user you are trying to contact is receiving mail too quickly.", "mailbox_busy"),
    # Amazon SES, Postfix and others
    (Stage.CONTENT, 454, "Throttling failure: Maximum sending rate exceeded.", "quota"),
    (Stage.CONTENT, 554, "Message rejected: Email address is not verified.", "sender"),
    (Stage.RECIPIENT, 454, "4.7.1 <x>: Relay access denied", "busy"),
    (Stage.RECIPIENT, 554, "5.7.1 <x>: Relay access denied", "relay"),
    (Stage.RECIPIENT, 450, "4.2.0 <x>: Recipient address rejected: Greylisted", "greylisted"),
    (Stage.RECIPIENT, 452, "4.2.2 over quota", "mailbox_busy"),
    (Stage.RECIPIENT, 550, "", "user_unknown"),
    (Stage.CONTENT, 554, "", "policy"),
    (Stage.CONTENT, 552, "", "size"),
    (Stage.CONTENT, 599, "", "refused"),
    (Stage.CONTENT, 499, "", "busy"),
)


def test_answers_seen_in_the_field_mean_what_they_say() -> None:
    told = [(stage, code, text, meaning_of(Answer(stage, code, text)).code) for stage, code, text, _ in SEEN]
    assert told == list(SEEN)


def test_only_what_is_certain_is_given_up() -> None:
    for stage in Stage:
        for code in range(400, 500):
            assert isinstance(as_send_error(Answer(stage, code, "5.1.1 does not exist")), TryLater), (stage, code)
    assert isinstance(as_send_error(Answer(Stage.RECIPIENT, 550, "5.1.1 x")), Rejected)


def test_a_wait_that_is_named_is_kept_within_an_hour() -> None:
    waits = [
        as_send_error(Answer(Stage.RECIPIENT, 451, text)).retry_after_s
        for text in ("Greylisted for 300 seconds", "try again in 10 minutes", "retry after 9999 minutes", "Greylisted", "later", "in 0 sec")
    ]
    assert waits == [300.0, 600.0, 3600.0, 180.0, 30.0, 30.0]


def test_amazon_tells_the_name_that_it_gives_our_mails() -> None:
    answer = "Ok 0102018c5c5e4a4b-0b7f8c2e-1111-2222-3333-444455556666-000000"
    told = [renamed("<ours@example.com>", f"email-smtp.{region}.amazonaws.com", answer) for region in ("us-east-1", "eu-west-1")]
    left = answer.removeprefix("Ok ")
    assert told == [f"<{left}@email.amazonses.com>", f"<{left}@eu-west-1.amazonses.com>"]
    assert renamed("<ours@example.com>", "smtp.example.com", answer) == ""


def test_what_is_raised_holds_no_address_and_has_words_in_the_catalogue() -> None:
    error = as_send_error(Answer(Stage.RECIPIENT, 550, "5.1.1 <customer@example.net> unknown user"))
    assert (error.reason, error.code) == ("nobody has this address there (550 5.1.1)", "user_unknown")
    assert trouble("tls", "self-signed").reason == "no encrypted connection that can be trusted (self-signed)"
    texts = load_texts()["en"]
    raised = {*MEANINGS, "no_recipient", "address", "copy_address", "no_words", "too_large", "no_answer", "suppressed"}
    assert [code for code in raised if f"email.code.{code}" not in texts] == []


def test_what_holds_for_every_mail_is_told_from_what_holds_for_one() -> None:
    answers = (
        (Stage.GREETING, 421, "try again later", True), (Stage.LOGIN, 454, "4.7.0 temporary failure", True),
        (Stage.LOGIN, 535, "5.7.8 wrong", True), (Stage.CONTENT, 450, "MI:DMC 163 smtp", True),
        (Stage.RECIPIENT, 450, "4.2.0 Greylisted", False), (Stage.CONTENT, 451, "4.3.0 busy", False),
    )  # fmt: skip
    for stage, code, text, is_general in answers:
        error = as_send_error(Answer(stage, code, text))
        assert isinstance(error, TryLater)
        assert error.is_general is is_general, text
    away = trouble("unreachable")
    assert isinstance(away, TryLater)
    assert away.is_general
