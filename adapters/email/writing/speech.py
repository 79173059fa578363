"""Which language something is in, as far as it matters for our words around it."""

from collections.abc import Sequence

_SIMPLIFIED = frozenset(
    "们这个时来为会说国过对没还么样现两开关问题话长门东车书见买卖让认识请谢应该给经发实业务线员统转账单订费货电产进边达选总点热爱钱"
)
_TRADITIONAL = frozenset(
    "們這個時來為會說國過對沒還麼樣現兩開關問題話長門東車書見買賣讓認識請謝應該給經發實業務線員統轉賬單訂費貨電產進邊達選總點熱愛錢"
)
_SIGNS = frozenset("，。？！、：；（）《》“”")
READ_CHARS = 2_000


def language_of(texts: Sequence[str]) -> str:
    """The tag of the first of these texts that shows a language; "" where none does."""
    return next((found for text in texts if (found := _shown(text[:READ_CHARS]))), "")


def _shown(text: str) -> str:
    simplified = sum(sign in _SIMPLIFIED for sign in text)
    traditional = sum(sign in _TRADITIONAL for sign in text)
    if any("\u3040" <= sign <= "\u30ff" for sign in text):
        return "ja"
    if simplified or traditional or any("\u4e00" <= sign <= "\u9fff" for sign in text):
        return "zh-Hant" if traditional > simplified else "zh-Hans"
    return "en" if sum(sign.isalpha() for sign in text) >= 3 else ""
