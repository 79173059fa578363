"""The engines that come with us, in their own process: espeak-ng speaks, pocketsphinx understands. Slow to start, so together."""

import asyncio
import os
from pathlib import Path

import numpy as np
import pytest

from adapters.phone.audio import FRAME_BYTES, duration_ms
from adapters.phone.speech.ears.aside import AsideRecognizer
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.frames import Order
from adapters.phone.speech.opening import examine, open_ear, open_voice
from adapters.phone.speech.process import SpeechProcess
from adapters.phone.speech.shaping import to_pcm, to_samples
from adapters.phone.speech.voices.espeak import Espeak
from adapters.phone.speech.words import Recognized
from config.phone import Phone, Recognizer, Voice
from config.texts import load_texts
from gateway.clock import SystemClock
from gateway.core.texts import Texts
from tests.unit.adapters.phone.speech.sounds import hiss, pcm

LONG_S = 60.0
TEXTS = Texts({"en": {}, "zh-CN": {}})


def test_espeak_reads_each_script_in_its_own_voice() -> None:
    voice = Espeak({}, 1.0)
    lasts_ms = {
        ("Please press one for delivery.", "en"): (1_200, 2_600), ("您好，欢迎致电。请按一。", "zh-CN"): (1_800, 3_600),
        ("您好，歡迎致電。請按一。", "zh-TW"): (1_800, 3_600), ("请下载 WeChat 应用。", "zh-CN"): (1_000, 2_600),
        ("支付宝 is a wallet.", "en"): (1_000, 2_400), ("35", "zh-CN"): (400, 1_200),
    }  # fmt: skip
    for (text, language), (least_ms, most_ms) in lasts_ms.items():
        sound = voice.speak(text, language)
        samples = to_samples(sound)
        assert least_ms < duration_ms(sound) < most_ms, text
        assert len(sound) % FRAME_BYTES == 0
        assert np.abs(samples).max() <= 0.91
        assert 0.04 < float(np.sqrt(np.square(samples).mean())) < 0.12, text
        assert np.abs(samples[:400]).max() > 0.004  # it begins at once
    assert duration_ms(voice.speak("好。好。", "zh-CN")) - duration_ms(voice.speak("好好", "zh-CN")) > 250  # a full stop is a rest


def test_espeak_follows_speed_and_voice_and_refuses_what_it_cannot_read() -> None:
    text = "Please press one for delivery, two for payment."
    usual, fast, other = Espeak({}, 1.0), Espeak({}, 1.5), Espeak({"en": "en-gb+f3", "zh-CN": "cmn-latn-pinyin+f3"}, 1.0)
    assert duration_ms(fast.speak(text, "en")) < 0.8 * duration_ms(usual.speak(text, "en"))
    assert other.speak(text, "en") != usual.speak(text, "en")
    assert other.speak("您好", "zh-TW") != usual.speak("您好", "zh-TW")
    for wrong, language in (("…", "en"), ("", "zh-CN")):
        with pytest.raises(SpeechFailed):
            usual.speak(wrong, language)
    with pytest.raises(SpeechFailed, match="expected a voice"):
        Espeak({"en": "no-such-voice"}, 1.0).speak("Hello.", "en")


async def test_a_voice_speaks_from_its_own_process_which_ends_with_it(tmp_path: Path) -> None:
    voice = open_voice(Phone(voice=Voice(deadline_s=30.0)), data_dir=tmp_path, texts=TEXTS, clock=SystemClock())
    said = await asyncio.gather(*(voice.say(f"This is number {number}.", "en") for number in range(20)))
    assert {spoken.by for spoken in said} == {"espeak"}
    assert (await voice.say("This is number 3.", "en")).by == "cache"
    await voice.close()
    assert (await voice.say("This is number 21.", "en")).is_whole is False


async def test_commands_spoken_in_english_are_understood() -> None:
    settings = Phone(recognizer=Recognizer(provider="pocketsphinx", deadline_s=30.0))
    ear, voice = open_ear(settings, clock=SystemClock()), Espeak({}, 1.0)
    assert [ear.can(language) for language in ("en", "en-GB", "zh-CN")] == [True, True, False]
    await ear.load()
    assert isinstance(ear.recognizer, AsideRecognizer)
    assert ear.recognizer.facts == {"model": "en-us"}, "it is there before anybody speaks"
    heard = []
    for words in ("operator", "where is my order", "delivery", "the weather was lovely in London yesterday"):
        said = to_samples(pcm(0.6, to_samples(voice.speak(words, "en")), 1.0))
        sound = to_pcm(said + hiss(len(said) / 8_000, 0.001)[: len(said)])

        async def frames(sound: bytes = sound):  # type: ignore[no-untyped-def]
            for at in range(0, len(sound), 320):
                yield sound[at : at + 320]

        heard += [event async for event in ear.listen(frames(), "en", ("Where is my order?", "Delivery")) if isinstance(event, Recognized)]
    await ear.close()
    assert [event.text for event in heard[:3]] == ["operator", "where is my order", "delivery"]
    assert [event.confidence > 0.5 for event in heard] == [True, True, True, False]
    assert {event.trouble for event in heard} == {""}


async def test_the_speech_process_gives_way_to_calls_and_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNK_PASSWORD", "hush")
    aside = SpeechProcess(Order(engine="espeak"), clock=SystemClock())
    await aside.ready(LONG_S)
    assert aside._process is not None
    pid = aside._process.pid
    assert os.getpriority(os.PRIO_PROCESS, pid) >= 5
    assert b"hush" not in await asyncio.to_thread(Path(f"/proc/{pid}/environ").read_bytes)
    assert aside.facts["version"]
    started = aside._process
    await aside.close()
    assert started.returncode == 0


async def test_the_doctor_names_what_is_wrong(tmp_path: Path) -> None:
    clock = SystemClock()
    (tmp_path / "own" / "en").mkdir(parents=True)
    (tmp_path / "own" / "en" / "phone.greeting.wav").write_bytes(b"ID3")
    nothing = str(tmp_path / "nothing")
    told = {
        "speech.good_keys": Phone(voice=Voice(deadline_s=30.0)),
        "speech.recorded": Phone(voice=Voice(provider="off")),
        "speech.files": Phone(voice=Voice(provider="off"), prompts=str(tmp_path / "own")),
        "speech.other_voice": Phone(voice=Voice(provider="http", url="http://127.0.0.1:9/", deadline_s=30.0)),
        "speech.no_ear": Phone(voice=Voice(provider="off"), recognizer=Recognizer(provider="sherpa", models={"zh-CN": nothing})),
    }
    verdicts = {why: await examine("line", settings, clock=clock) for why, settings in told.items()}
    assert {why: verdict.why for why, verdict in verdicts.items()} == {why: why for why in told}
    assert {why for why, verdict in verdicts.items() if verdict.is_ok} == {"speech.good_keys", "speech.recorded"}
    english = load_texts()["en"]
    assert {f"doctor.{key}" for verdict in verdicts.values() for key in (verdict.why, verdict.todo) if key} <= english.keys()
    assert (await examine("line", Phone(hold_music=nothing), clock=clock)).values["path"] == nothing
    assert verdicts["speech.other_voice"].values["other"] == "espeak"
