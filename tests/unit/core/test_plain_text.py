"""A message's words, as lists, summaries and searches have them."""

import pytest
from msgspec import structs

from bot.past import turns_of
from gateway.answerer import shown
from gateway.core.ids import FileId
from gateway.core.parts import MASKED, File, FileRef, Keyed, Part, Pick, Spoken, Text, plain_text
from tests.conversations import Talk

SOUND = FileRef(id=FileId("v1"), name="voicemail.wav", mime="audio/wav", size_bytes=16_044, sha256="0" * 64)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((Spoken(text="我要退款", confidence=0.4),), "我要退款"),
        ((Spoken(text="请回电", confidence=0.6, audio=SOUND), File(SOUND)), "请回电"),
        ((Spoken(text="", confidence=0.0, audio=SOUND), File(SOUND)), "[voicemail.wav]"),
        ((File(SOUND),), "[voicemail.wav]"),
        ((Keyed("202611184471"),), "202611184471"),
        ((Keyed(MASKED, is_secret=True),), "••••"),
        ((Pick("refund", "查询退款", keys="3"),), "查询退款"),
        ((Text("好"), Spoken(text="谢谢", confidence=0.9)), "好\n谢谢"),
    ],
)
def test_what_was_said_by_phone_reads_as_words(parts: tuple[Part, ...], words: str) -> None:
    assert plain_text(parts) == words


def test_what_a_caller_asked_is_a_question_like_any() -> None:
    """For whoever finds answers elsewhere, and for whoever looks at what was not answered."""
    assert shown((Spoken(text="退款多久到账", confidence=0.8),)) == "退款多久到账"
    assert shown((Keyed("202611184471"),)) == ""
    past = Talk().asks("退款多久").bot("answer", "refund").past()
    heard, *others = past.messages
    spoken = structs.replace(heard, parts=(Spoken(text="退款多久到账", confidence=0.8),))
    assert [turn.text for turn in turns_of(structs.replace(past, messages=(spoken, *others)))] == ["退款多久到账"]
