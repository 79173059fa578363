"""The encoder mapped from a file: equal to its package's to the last bit, and never in the way of answering."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot import load_encoder
from bot.encoder_parts import PieceTable, UnknownModel, put_together, taken_apart
from gateway import encoding
from gateway.encoding import mapped_model

TEXTS = [
    "怎么退款", "我想知道我的订单什么时候能到，已经等了三天了。", "請問如何變更收件地址？", "How do I reset my password, please?",
    "ＡＢＣ　１２３ ﬁ ﬃ ①", "😀👍🏽", "\x00", "\x00\x01 a\x00", "a" * 240, "어떻게 지불하나요", "ไทย", "  two  spaces ", "",
]  # fmt: skip


class Package:
    """Another one."""

    def __init__(self, **parts: Any) -> None:
        vars(self).update(parts)


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The model as its package loads it, once for every test of this process that needs one."""
    encoder = load_encoder()
    assert encoder is not None
    encoder.warm()
    monkeypatch.setattr(encoding, "load_model", lambda: encoder._model)
    return encoder._model


_apart = cache(taken_apart)


@pytest.fixture(autouse=True)
def _once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking it apart takes half a second."""
    monkeypatch.setattr(encoding, "taken_apart", _apart)


def test_the_file_is_made_by_the_first_and_mapped_by_the_next(package: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "encoder" / "encoder.arrays"
    first = mapped_model(path)
    assert first is not package

    def never() -> None:
        raise AssertionError("it is in the file")

    monkeypatch.setattr(encoding, "load_model", never)
    second = mapped_model(path)
    for text in TEXTS:
        assert second._tokenizer.encode(text) == package._tokenizer.encode(text)
    assert np.array_equal(second.encode(TEXTS), package.encode(TEXTS))
    assert np.array_equal(first.encode(TEXTS), package.encode(TEXTS))


def test_where_the_file_can_not_be_made_the_package_loads_it(package: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "encoder").write_text("in the way")
    assert mapped_model(tmp_path / "encoder" / "encoder.arrays") is package
    assert "the encoder's file can't be made" in caplog.text


def test_a_package_that_has_changed_inside_is_used_as_it_is(package: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for changed in (
        Package(_model=Package(table=np.zeros(1), cells={}), _tokenizer=package._tokenizer),
        Package(_model=Package(table=np.zeros(1)), _tokenizer=object()),
        Package(),
    ):
        with pytest.raises(UnknownModel):
            taken_apart(changed)
        monkeypatch.setattr(encoding, "load_model", lambda changed=changed: changed)
        assert mapped_model(tmp_path / "encoder.arrays") is changed
    with pytest.raises(UnknownModel):
        put_together({"table": np.zeros(1)})


def test_one_that_reckons_otherwise_than_its_package_is_not_used(package: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reckons_otherwise(parts: dict[str, Any]) -> Any:
        return put_together({**parts, "lo": parts["lo"] + 1})

    monkeypatch.setattr(encoding, "put_together", reckons_otherwise)
    assert mapped_model(tmp_path / "encoder.arrays") is package
    assert list(tmp_path.iterdir()) == []


def test_a_piece_is_found_in_the_table_as_in_a_dictionary(package: Any) -> None:
    parts = _apart(package)
    table = PieceTable(memoryview(parts["pieces.numbers"]), memoryview(parts["pieces.meanings"]))  # type: ignore[arg-type]
    pieces = package._tokenizer._prefixes
    for piece in [*list(pieces)[::97], "\x00", "", "☃☃", *(f"{piece}\x00" for piece in list(pieces)[::997])]:
        assert table.get(piece) == pieces.get(piece)
