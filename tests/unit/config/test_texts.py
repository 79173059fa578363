"""Every language says the same things, with the same values in them."""

from pathlib import Path

import pytest

from config.problems import ConfigError
from config.texts import LANGUAGES, load_texts


def written(folder: Path, **files: str) -> Path:
    for language, text in files.items():
        (folder / f"{language}.toml").write_text(text, encoding="utf-8")
    return folder


def test_the_catalogues_that_ship_have_no_gaps() -> None:
    catalogues = load_texts()
    assert set(catalogues) == set(LANGUAGES)
    assert catalogues["zh-CN"]["turn.bot_name"] == "智能助手"


def test_no_text_that_ships_is_empty() -> None:
    assert [key for texts in load_texts().values() for key, text in texts.items() if not text.strip()] == []


def test_a_text_that_one_language_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"en\.toml: chat\.hi: missing: another language has it"):
        load_texts(written(tmp_path, en='"chat.bye" = "Bye"', zh='"chat.hi" = "你好"\n"chat.bye" = "再见"'))


def test_a_placeholder_that_differs_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"zh\.toml: chat\.hi: its \{placeholders\} differ from en.toml's"):
        load_texts(written(tmp_path, en='"chat.hi" = "Hi {name}"', zh='"chat.hi" = "你好 {nmae}"'))


def test_a_key_without_quotes_is_told_how(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'en\.toml: chat: expected "area.key" = "text", the key in quotes'):
        load_texts(written(tmp_path, en='chat.hi = "Hi"'))


def test_a_file_that_is_not_toml_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"en\.toml: not TOML: .*line 1"):
        load_texts(written(tmp_path, en="chat\n\n"))


def test_a_key_that_comes_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"en\.toml: not TOML: Cannot overwrite a value"):
        load_texts(written(tmp_path, en='"chat.hi" = "Hi"\n"chat.hi" = "Hello"'))
