"""Models that an operator supplies, behind packages that are not ours: a stand-in of each keeps its Python interface."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pytest

from adapters.phone.audio import duration_ms
from adapters.phone.speech.ears.sherpa import Sherpa, recipe
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.voices.piper import Piper
from tests.unit.adapters.phone.speech.sounds import pcm, vowel


class PiperVoice:
    """As piper-tts 1.8.0: sentences as they come, floats at the model's rate."""

    loaded: ClassVar[list[Path]] = []

    @classmethod
    def load(cls, path: Path) -> "PiperVoice":
        if path.read_bytes() != b"model":
            raise ValueError("no model")
        cls.loaded.append(path)
        return cls()

    def synthesize(self, text: str, syn_config: Any) -> Iterator[Any]:
        for _ in text.split("."):
            at = np.arange(int(22_050 * syn_config.length_scale)) / 22_050
            yield SimpleNamespace(sample_rate=22_050, audio_float_array=(0.4 * np.sin(2 * np.pi * 300 * at)).astype(np.float32))


@pytest.fixture
def piper(monkeypatch: pytest.MonkeyPatch) -> None:
    PiperVoice.loaded = []
    monkeypatch.setitem(sys.modules, "piper", SimpleNamespace(PiperVoice=PiperVoice, SynthesisConfig=SimpleNamespace))


def model(folder: Path, name: str, content: bytes = b"model") -> str:
    (folder / name).write_bytes(content)
    (folder / f"{name}.json").write_text("{}")
    return str(folder / name)


def code(error: pytest.ExceptionInfo[SpeechFailed]) -> str:
    return error.value.code


def test_piper_speaks_each_language_by_its_model(tmp_path: Path, piper: None) -> None:
    voice = Piper({"en": model(tmp_path, "amy.onnx"), "zh-CN": model(tmp_path, "huayan.onnx")}, 2.0)
    assert voice.facts() == {"en": "amy.onnx", "zh-CN": "huayan.onnx"}
    assert 1_000 <= duration_ms(voice.speak("One. Two", "en-GB")) <= 1_160
    voice.speak("您好", "zh-TW")
    voice.speak("您好", "zh-CN")
    assert [path.name for path in PiperVoice.loaded] == ["amy.onnx", "huayan.onnx"]


def test_piper_says_what_it_lacks(tmp_path: Path, piper: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SpeechFailed, match=r"none\.onnx is not there") as told:
        Piper({"en": str(tmp_path / "none.onnx")}, 1.0)
    assert code(told) == "missing"
    voice = Piper({"en": model(tmp_path, "odd.onnx", b"html")}, 1.0)
    with pytest.raises(SpeechFailed, match=r"odd\.onnx can't be loaded") as told:
        voice.speak("Hello", "en")
    with pytest.raises(SpeechFailed, match="no Piper voice for fr"):
        voice.speak("Bonjour", "fr")
    with pytest.raises(SpeechFailed, match="read aloud"):
        voice.speak("…", "en")
    monkeypatch.setitem(sys.modules, "piper", None)
    with pytest.raises(SpeechFailed, match="pip install piper-tts") as told:
        Piper({}, 1.0)
    assert code(told) == "missing"


class OfflineRecognizer:
    """As sherpa-onnx 2.0.1: opened by the kind of its model, one stream an utterance."""

    def __init__(self, kind: str, arguments: dict[str, Any]) -> None:
        self.opened = (kind, arguments)

    def create_stream(self) -> Any:
        stream = SimpleNamespace(result=SimpleNamespace(text=""))
        stream.accept_waveform = lambda rate_hz, samples: setattr(stream, "heard", (rate_hz, len(samples)))
        return stream

    def decode_stream(self, stream: Any) -> None:
        stream.result.text = f" heard {stream.heard} "
        stream.result.ys_log_probs = [0.0, -0.2] if self.opened[0] == "from_transducer" else []


class Opened:
    """What opens a model: any `from_...`."""

    def __getattr__(self, name: str) -> Any:
        return lambda **arguments: OfflineRecognizer(name, arguments)


def folder(within: Path, name: str, *files: str) -> Path:
    made = within / name
    made.mkdir()
    for file in files:
        (made / file).write_bytes(b"model")
    return made


def test_a_model_folder_is_opened_by_what_lies_in_it(tmp_path: Path) -> None:
    told = {
        ("sherpa-onnx-sense-voice-zh-en-2024-07-17", "model.onnx", "model.int8.onnx"): ("from_sense_voice", {"model": "model.int8.onnx"}),
        ("sherpa-onnx-paraformer-zh-small", "model.onnx"): ("from_paraformer", {"paraformer": "model.onnx"}),
        ("sherpa-onnx-zipformer-ctc-zh", "model.int8.onnx"): ("from_zipformer_ctc", {"model": "model.int8.onnx"}),
        ("anything", "encoder-epoch-99.onnx", "decoder-epoch-99.onnx", "joiner-epoch-99.onnx"): (
            "from_transducer", {"encoder": "encoder-epoch-99.onnx", "decoder": "decoder-epoch-99.onnx", "joiner": "joiner-epoch-99.onnx"},
        ),
        ("sherpa-onnx-whisper-tiny", "tiny-encoder.int8.onnx", "tiny-decoder.int8.onnx"): (
            "from_whisper", {"encoder": "tiny-encoder.int8.onnx", "decoder": "tiny-decoder.int8.onnx"},
        ),
    }  # fmt: skip
    for (name, *files), (opens, arguments) in told.items():
        made = folder(tmp_path, name, "tokens.txt", *files)
        found, given = recipe(made, "zh-CN")
        assert found == opens
        assert {key: Path(value).name for key, value in given.items() if key not in ("tokens", "language")} == arguments
    assert recipe(tmp_path / "sherpa-onnx-whisper-tiny", "zh-CN")[1]["language"] == "zh"


def test_a_folder_that_is_no_model_is_refused_in_words(tmp_path: Path) -> None:
    streaming = folder(tmp_path, "sherpa-onnx-streaming-paraformer", "tokens.txt", "encoder.onnx", "decoder.onnx")
    for made in (tmp_path / "none", folder(tmp_path, "empty"), folder(tmp_path, "odd", "tokens.txt", "model.onnx"), streaming):
        with pytest.raises(SpeechFailed, match=r"expected a folder with tokens\.txt|what kind of model|whole utterances") as told:
            recipe(made, "zh-CN")
        assert code(told) == "missing"


def test_sherpa_understands_the_languages_of_its_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sherpa_onnx", SimpleNamespace(OfflineRecognizer=Opened()))
    sense = folder(tmp_path, "sense-voice", "tokens.txt", "model.onnx")
    parts = folder(tmp_path, "zipformer", "tokens.txt", "encoder.onnx", "decoder.onnx", "joiner.onnx")
    ear = Sherpa({"zh-CN": str(sense), "en": str(parts)})
    assert ear.facts() == {"zh-CN": "sense-voice", "en": "zipformer"}
    sound = pcm(vowel(1.0))
    assert ear.recognize(sound, "zh-TW", ()) == ("heard (8000, 10400)", 0.8)
    assert ear.recognize(sound, "en-US", ()) == ("heard (8000, 10400)", 0.905)
    with pytest.raises(SpeechFailed, match="no model for fr"):
        ear.recognize(sound, "fr", ())


def test_sherpa_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    with pytest.raises(SpeechFailed, match="pip install sherpa-onnx"):
        Sherpa({})
