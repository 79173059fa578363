"""sherpa-onnx with a model folder of the operator's: https://k2-fsa.github.io/sherpa/onnx/pretrained_models (its Python API, seen in 2.0.1,
November 2026). Which kind of model it is, is read from its files and the folder's name, as they are published.
"""

import importlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from adapters.phone.audio import RATE_HZ, Pcm
from adapters.phone.speech.engines import Mute
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.shaping import levelled, to_samples
from gateway.core.texts import nearest

CONFIDENCE = 0.8
"""Of models that do not say how sure they are of their words."""
_TAIL_S = 0.3
_ONE_FILE = (
    ("sense-voice", "from_sense_voice", "model"),
    ("sensevoice", "from_sense_voice", "model"),
    ("paraformer", "from_paraformer", "paraformer"),
    ("telespeech", "from_telespeech_ctc", "model"),
    ("dolphin", "from_dolphin_ctc", "model"),
    ("wenet", "from_wenet_ctc", "model"),
    ("nemo", "from_nemo_ctc", "model"),
    ("zipformer", "from_zipformer_ctc", "model"),
)
"""(what is in the folder's name, what opens it, what it calls its file)."""


class Sherpa(Mute):
    """An ear for whatever language its models are of."""

    def __init__(self, models: Mapping[str, str]) -> None:
        """Raises SpeechFailed(missing), which says what was looked for."""
        try:
            self._sherpa: Any = importlib.import_module("sherpa_onnx")
        except ImportError as error:
            raise SpeechFailed("sherpa-onnx is not installed: pip install sherpa-onnx", code="missing") from error
        folders = {language: Path(path) for language, path in models.items()}
        opened = {folder: self._opened(folder, language) for language, folder in folders.items()}
        self._models = {language: opened[folder] for language, folder in folders.items()}
        self._facts = {language: folder.name for language, folder in folders.items()}

    def facts(self) -> Mapping[str, str]:
        return self._facts

    def recognize(self, pcm: Pcm, language: str, _hints: tuple[str, ...], /) -> tuple[str, float]:
        model = self._model(language)
        stream = model.create_stream()
        tail = np.zeros(int(_TAIL_S * RATE_HZ), dtype=np.float32)
        stream.accept_waveform(RATE_HZ, np.concatenate([levelled(to_samples(pcm)), tail]))
        model.decode_stream(stream)
        found = stream.result
        return str(found.text).strip(), _confidence(found)

    def _model(self, language: str) -> Any:
        base = language.split("-")[0].lower()
        same = tuple(tag for tag in self._models if tag.split("-")[0].lower() == base)
        if not same:
            raise SpeechFailed(f"there is no model for {language}", code="unable")
        return self._models[nearest(language, same)]

    def _opened(self, folder: Path, language: str) -> Any:
        name, arguments = recipe(folder, language)
        try:
            return getattr(self._sherpa.OfflineRecognizer, name)(num_threads=1, **arguments)
        except Exception as error:
            raise SpeechFailed(f"the model in {folder} can't be loaded", code="missing") from error


def recipe(folder: Path, language: str) -> tuple[str, dict[str, str]]:
    """(what opens a model folder, with which files). Raises SpeechFailed(missing)."""
    tokens = _file(folder, "*tokens.txt")
    if not folder.is_dir() or not tokens:
        raise SpeechFailed(f"expected a folder with tokens.txt and .onnx files: {folder}", code="missing")
    if "streaming" in folder.resolve().name.lower().replace("non-streaming", ""):
        raise SpeechFailed(f"{folder} is a streaming model: expected one for whole utterances", code="missing")
    encoder, decoder, joiner = (_file(folder, f"*{part}*.onnx") for part in ("encoder", "decoder", "joiner"))
    if encoder and decoder and joiner:
        return "from_transducer", {"tokens": tokens, "encoder": encoder, "decoder": decoder, "joiner": joiner}
    if encoder and decoder and "whisper" in _names(folder, encoder):
        return "from_whisper", {"tokens": tokens, "encoder": encoder, "decoder": decoder, "language": language.split("-")[0]}
    model = _file(folder, "*model*.onnx")
    for word, opens, argument in _ONE_FILE:
        if model and word in _names(folder, model):
            return opens, {"tokens": tokens, argument: model}
    known = ", ".join(dict.fromkeys(word for word, _, _ in _ONE_FILE))
    raise SpeechFailed(f"what kind of model is {folder}? Its name should have one of: transducer, whisper, {known}", code="missing")


def _names(folder: Path, file: str) -> str:
    return f"{folder.resolve().name} {Path(file).name}".lower()


def _file(folder: Path, pattern: str) -> str:
    """The smaller (int8) one where there are two."""
    found = sorted(folder.glob(pattern), key=lambda path: ("int8" not in path.name, path.name))
    return str(found[0]) if found else ""


def _confidence(found: Any) -> float:
    """The mean of its tokens' probabilities, where it gives them."""
    if not str(found.text).strip():
        return 0.0
    logs = [float(value) for value in getattr(found, "ys_log_probs", None) or ()]
    return round(math.exp(sum(logs) / len(logs)), 3) if logs else CONFIDENCE
