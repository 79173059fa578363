"""The texts that customers and agents read, a flat TOML file per language: `"area.key" = "text with {values}"`."""

import re
import tomllib
from pathlib import Path

from config.problems import ConfigError, Problem

FOLDER = Path(__file__).parent / "texts"
LANGUAGES = ("zh-CN", "zh-TW", "en")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def load_texts(folder: Path = FOLDER) -> dict[str, dict[str, str]]:
    """Every catalogue by language. Raises ConfigError with every gap: a key or a {placeholder} that only some languages have."""
    catalogues = {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}
    problems = [*_gaps(catalogues), *_odd_placeholders(catalogues)]
    if problems:
        raise ConfigError(problems)
    return catalogues


def _read(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        try:
            texts = tomllib.load(file)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError([Problem(path.name, f"not TOML: {error}")]) from None
    wrong = [key for key, text in texts.items() if not isinstance(text, str)]
    if wrong:
        raise ConfigError([Problem(f"{path.name}: {key}", 'expected "area.key" = "text", the key in quotes') for key in wrong])
    return texts


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
