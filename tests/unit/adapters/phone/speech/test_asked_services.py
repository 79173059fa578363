"""A speech service that is asked over HTTP, for a voice and for an ear."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.phone.audio import duration_ms
from adapters.phone.speech.ears.asked import AskedRecognizer
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.service import Service
from adapters.phone.speech.voices.asked import AskedVoice
from adapters.phone.speech.wav import read_wav, write_ulaw, write_wav
from tests.fakes import FrozenClock
from tests.unit.adapters.phone.speech.sounds import pcm, vowel

Answer = Callable[[], web.StreamResponse]
SOUND = pcm(0.3, vowel(1.0), 0.3)


class Peer:
    """The service: answers what a test wrote down, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Answer = lambda: web.Response(body=write_wav(SOUND), content_type="audio/wav")
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.is_silent = False

    async def post(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.query_string, {name.lower(): value for name, value in request.headers.items()}, await request.read()))
        if self.is_silent:
            await asyncio.Event().wait()
        return self.answer()


@pytest.fixture
async def peer() -> Peer:
    return Peer()


@pytest.fixture
async def service(peer: Peer, clock: FrozenClock) -> AsyncIterator[Service]:
    app = web.Application()
    app.router.add_post("/v1", peer.post)
    server = TestServer(app)
    await server.start_server()
    service = Service(str(server.make_url("/v1")), {"Authorization": "Bearer k-123456"}, clock=clock)
    yield service
    await service.close()
    await server.close()


async def failure(voice: AskedVoice, within_s: float = 30.0) -> tuple[str, str]:
    with pytest.raises(SpeechFailed) as told:
        await voice.speak("Hello.", "en", within_s)
    return told.value.code, str(told.value)


async def test_a_voice_is_asked_as_documented_and_its_wav_is_made_fit(peer: Peer, service: Service) -> None:
    voice = AskedVoice(service, {"en": "amy", "zh-CN": "xiaomei"}, 1.0)
    assert 1_050 <= duration_ms(await voice.speak("Hello.", "en-GB", 30.0)) <= 1_180
    ((_, headers, body),) = peer.asked
    assert json.loads(body) == {"text": "Hello.", "language": "en-GB", "voice": "amy", "format": "wav", "sample_rate": 8_000}
    assert (headers["authorization"], headers["content-type"]) == ("Bearer k-123456", "application/json")
    assert voice.identity("zh-TW").endswith("/v1 xiaomei 1")
    assert voice.identity("fr").endswith("/v1  1")


async def test_raw_samples_are_understood_whichever_byte_comes_first(peer: Peer, service: Service) -> None:
    voice = AskedVoice(service, {}, 1.5)
    wide = np.repeat(np.frombuffer(SOUND, dtype="<i2"), 2)
    answers = [
        (SOUND, "audio/l16;rate=8000"), (np.frombuffer(SOUND, dtype="<i2").astype(">i2").tobytes(), "audio/L16; rate=8000; channels=1"),
        (wide.tobytes(), "audio/l16;rate=16000"), (SOUND, "audio/pcm"), (write_ulaw(SOUND), "application/octet-stream"),
    ]  # fmt: skip
    for body, kind in answers:
        peer.answer = partial(web.Response, body=body, headers={"Content-Type": kind})
        assert 1_050 <= duration_ms(await voice.speak("Hello.", "en", 30.0)) <= 1_180, kind
    assert json.loads(peer.asked[0][2])["speed"] == 1.5


async def test_what_is_no_speech_is_refused_without_a_word_of_it(peer: Peer, service: Service) -> None:
    voice = AskedVoice(service, {}, 1.0)
    answers: list[tuple[dict[str, Any], str]] = [
        ({"body": b"\xff\xfbmp3", "content_type": "audio/mpeg"}, "broken"), ({"text": "secret words"}, "broken"),
        ({"body": write_wav(bytes(16_000)), "content_type": "audio/wav"}, "broken"),
        ({"body": b"RIFF....", "content_type": "audio/wav"}, "unable"), ({"status": 401, "text": "secret words"}, "refused"),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}}, "refused"),
        ({"body": bytes(9 * 1024 * 1024), "content_type": "audio/l16"}, "broken"),
    ]  # fmt: skip
    for answer, code in answers:
        peer.answer = partial(web.Response, **answer)
        told = await failure(voice)
        assert told[0] == code
        assert "secret" not in told[1]
        assert "127.0.0.1" not in told[1]


async def test_a_service_that_is_down_is_left_alone_for_growing_whiles(peer: Peer, service: Service, clock: FrozenClock) -> None:
    voice = AskedVoice(service, {}, 1.0)
    good, peer.answer = peer.answer, lambda: web.Response(status=503)
    assert (await failure(voice))[0] == "unreachable"
    assert (await failure(voice))[0] == "unreachable"
    assert len(peer.asked) == 1
    clock.advance(2)
    assert (await failure(voice))[0] == "unreachable"
    clock.advance(2)
    assert (await failure(voice))[0] == "unreachable"
    assert len(peer.asked) == 2
    clock.advance(2)
    peer.answer = good
    assert await voice.speak("Hello.", "en", 30.0)
    peer.answer = lambda: web.Response(status=400)
    assert [(await failure(voice))[0] for _ in range(3)] == ["refused"] * 3  # what is wrong with one text says nothing of the service


async def test_a_service_that_is_silent_is_late(peer: Peer, service: Service) -> None:
    peer.is_silent = True
    assert (await failure(AskedVoice(service, {}, 1.0), 0.05))[0] == "late"


async def test_a_service_that_is_not_there_is_unreachable(clock: FrozenClock) -> None:
    service = Service("http://127.0.0.1:9/v1", {}, clock=clock)
    assert (await failure(AskedVoice(service, {}, 1.0)))[0] == "unreachable"
    await service.close()


async def test_an_ear_is_asked_as_documented(peer: Peer, service: Service) -> None:
    ear = AskedRecognizer(service)
    peer.answer = lambda: web.json_response({"text": "我的订单在哪里", "confidence": 0.93, "more": []})
    assert await ear.recognize(SOUND, "zh-CN", (), 30.0) == ("我的订单在哪里", 0.93)
    ((query, headers, body),) = peer.asked
    assert (query, headers["content-type"]) == ("language=zh-CN", "audio/wav")
    assert read_wav(body)[1] == 8_000
    peer.answer = lambda: web.json_response({"text": "yes"})
    assert await ear.recognize(SOUND, "en", (), 30.0) == ("yes", 0.8)


async def test_an_answer_that_is_none_is_broken(peer: Peer, service: Service) -> None:
    ear = AskedRecognizer(service)
    for answer in (
        "",
        "[]",
        '{"text": 3}',
        '{"text": "a", "confidence": "high"}',
        '{"text": "a", "confidence": true}',
        "[" * 50_000,
        "{}" * 40_000,
    ):
        peer.answer = partial(web.Response, text=answer, content_type="application/json")
        with pytest.raises(SpeechFailed) as told:
            await ear.recognize(SOUND, "en", (), 30.0)
        assert told.value.code == "broken"
    peer.answer = lambda: web.Response(text='{"text": "a", "confidence": NaN}')
    assert await ear.recognize(SOUND, "en", (), 30.0) == ("a", 0.0)
