"""The texts that customers and agents read, a flat TOML file per language: `"area.key" = "text with {values}"`.

Every process reads all of them at its start, six thousand by now, so lines of just this form are read by two expressions, twenty times as
fast as TOML's own reader; a file with anything else in it goes to that.
"""

import json
import re
import tomllib
from pathlib import Path

from config.problems import ConfigError, Problem

FOLDER = Path(__file__).parent / "texts"
LANGUAGES = ("zh-CN", "zh-TW", "en")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
_PLAIN = r'[^"\\\x00-\x1f\x7f]*'
_LINE = re.compile(rf'^"([^"\\\x00-\x1f\x7f]+)" = "({_PLAIN}(?:\\[bfnrt"\\]{_PLAIN})*)"$', re.MULTILINE)
"""With the escapes that TOML and JSON share."""
_NO_LINE = re.compile(r"^(?:#[^\x00-\x08\x0a-\x1f\x7f]*)?$", re.MULTILINE)


def load_texts(folder: Path = FOLDER) -> dict[str, dict[str, str]]:
    """Every catalogue by language. Raises ConfigError with every gap: a key or a {placeholder} that only some languages have."""
    catalogues = {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}
    problems = [*_gaps(catalogues), *_odd_placeholders(catalogues)]
    if problems:
        raise ConfigError(problems)
    return catalogues


def _read(path: Path) -> dict[str, str]:
    written = path.read_bytes().decode()
    if (read := _read_lines(written)) is not None:
        return read
    try:
        texts = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Problem(path.name, f"not TOML: {error}")]) from None
    wrong = [key for key, text in texts.items() if not isinstance(text, str)]
    if wrong:
        raise ConfigError([Problem(f"{path.name}: {key}", 'expected "area.key" = "text", the key in quotes') for key in wrong])
    return texts


def _read_lines(written: str) -> dict[str, str] | None:
    """What a file of nothing but texts, comments and empty lines holds; None for any other, and where a key comes twice."""
    found = _LINE.findall(written)
    texts = {key: json.loads(f'"{text}"') if "\\" in text else text for key, text in found}
    is_all = len(found) + len(_NO_LINE.findall(written)) == written.count("\n") + 1
    return texts if is_all and len(texts) == len(found) else None


def _gaps(catalogues: dict[str, dict[str, str]]) -> list[Problem]:
    every = {key for texts in catalogues.values() for key in texts}
    return [
        Problem(f"{language}.toml: {key}", "missing: another language has it")
        for language, texts in catalogues.items()
        for key in sorted(every - texts.keys())
    ]


def _odd_placeholders(catalogues: dict[str, dict[str, str]]) -> list[Problem]:
    name, first = next(iter(catalogues.items()), ("", {}))
    return [
        Problem(f"{language}.toml: {key}", f"its {{placeholders}} differ from {name}.toml's")
        for language, texts in catalogues.items()
        for key in sorted(key for key, text in texts.items() if _differ(text, first.get(key, text)))
    ]


def _differ(one: str, other: str) -> bool:
    return ("{" in one or "{" in other) and set(PLACEHOLDER.findall(one)) != set(PLACEHOLDER.findall(other))
