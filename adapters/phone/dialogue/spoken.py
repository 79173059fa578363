"""What a caller may say instead of pressing a key. Pure: whole utterances alone are taken so, all else is a question for the bot."""

import re
import unicodedata
from collections.abc import Sequence

from adapters.phone.dialogue.state import Option

REPEAT, BACK, PERSON, DONE = "*", "#", "0", "done"

_SAID: dict[str, str] = {
    **dict.fromkeys(("再说一遍", "再说一次", "重复", "重复一遍", "重播", "没听清", "再說一遍", "再說一次", "重複", "沒聽清"), REPEAT),
    **dict.fromkeys(("repeat", "repeat that", "say that again", "again", "pardon", "once more"), REPEAT),
    **dict.fromkeys(("返回", "返回上一级", "主菜单", "菜单", "上一级", "主選單", "選單", "回上一層"), BACK),
    **dict.fromkeys(("back", "go back", "menu", "main menu"), BACK),
    **dict.fromkeys(("人工", "转人工", "人工客服", "转接人工", "人工服务", "轉人工", "人工服務", "真人"), PERSON),
    **dict.fromkeys(("operator", "agent", "a person", "person", "representative", "talk to a person", "human"), PERSON),
    **dict.fromkeys(("没有了", "没了", "不用了", "没有", "就这些", "再见", "拜拜", "沒有了", "沒了", "沒有", "再見", "就這樣"), DONE),
    **dict.fromkeys(("no", "no thanks", "no thank you", "nothing else", "that is all", "thats all", "bye", "goodbye", "im done"), DONE),
}
_NUMBERS: dict[str, str] = {
    **{word: str(n) for n, word in enumerate("一二三四五六七八九", 1)},
    **{word: str(n) for n, word in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), 1)},
    **{str(n): str(n) for n in range(1, 10)},
}
_AROUND = re.compile(r"^(?:第|按|选|選|option |number |press |the )|(?:个|個|号|號|项|項|吧|please)$")
_NO_WORD = re.compile(r"[^\w]+")
_LANGUAGES = {
    "zh": ("中文", "普通话", "普通話", "国语", "國語", "汉语", "mandarin", "chinese"),
    "en": ("english", "英语", "英文", "英語"),
}
_HAN = re.compile(r"[\u3400-\u9fff]")
TEXT_MAX_CHARS = 200
"""Longer is no command."""


def meaning(text: str, options: Sequence[Option]) -> str:
    """The key that these words stand for: an option's own name or number, or one of the four verbs; "" none."""
    if len(text) > TEXT_MAX_CHARS:
        return ""
    said = _plain(text)
    if not said:
        return ""
    named = next((option.key for option in options if option.text and _plain(option.text) == said), "")
    number = _NUMBERS.get(_plain(_AROUND.sub("", _AROUND.sub("", said))), "")
    return named or (number if any(option.key == number for option in options) else "") or _SAID.get(said, "")


def language_of(text: str, offered: Sequence[str]) -> str:
    """The offered language that somebody names, or speaks; "" none of them."""
    said = _plain(text[:TEXT_MAX_CHARS])
    for tag, names in _LANGUAGES.items():
        if any(name in said for name in names):
            return _offered(tag, offered)
    return _offered("zh" if _HAN.search(said) else "en", offered) if said else ""


def is_name_of_language(text: str) -> bool:
    """Whether nothing but a language is named."""
    return _plain(text) in {name for names in _LANGUAGES.values() for name in names}


def hints(options: Sequence[Option]) -> tuple[str, ...]:
    """Words that are likely, for the ear."""
    return tuple(dict.fromkeys(option.text for option in options if option.text))


def _offered(tag: str, offered: Sequence[str]) -> str:
    return next((language for language in offered if language.split("-")[0] == tag), "")


def _plain(text: str) -> str:
    """Folded, without marks and doubled spaces."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("'", "").replace("’", "")
    return _NO_WORD.sub(" ", folded).strip()
