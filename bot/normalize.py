"""Text made comparable: two ways to write the same question become one string. People are always shown the raw text."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

from bot.scripts import ScriptTables
from gateway.core.expressions import expression

MAX_CHARS = 1200
"""What is compared of a message: a chat message's 4 KiB hold about that many Chinese characters."""

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"

_INVISIBLE = expression(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_PICTURES = expression(
    "[\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff\U000e0000-\U000e007f]"
)
_STICKERS = (
    "微笑 撇嘴 色 发呆 得意 流泪 害羞 闭嘴 睡 大哭 尴尬 发怒 调皮 呲牙 惊讶 难过 囧 抓狂 吐 偷笑 愉快 白眼 傲慢 困 惊恐 憨笑 "
    "悠闲 咒骂 疑问 嘘 晕 衰 骷髅 敲打 再见 擦汗 抠鼻 鼓掌 坏笑 右哼哼 鄙视 委屈 快哭了 阴险 亲亲 可怜 笑脸 生病 脸红 破涕为笑 "
    "恐惧 失望 无语 嘿哈 捂脸 奸笑 机智 皱眉 耶 吃瓜 加油 汗 天啊 社会社会 旺柴 好的 打脸 哇 翻白眼 让我看看 叹气 苦涩 裂开 "
    "嘴唇 爱心 心碎 拥抱 强 弱 握手 胜利 抱拳 勾引 拳头 合十 啤酒 咖啡 蛋糕 玫瑰 凋谢 菜刀 炸弹 便便 月亮 太阳 庆祝 礼物 红包 "
    "福 烟花 爆竹 猪头 跳跳 发抖 转圈 表情 图片 动画表情 语音 视频 smile grimace drool scowl cool sob shy silent sleep cry "
    "awkward angry tongue grin surprise frown ruthless blush scream puke chuckle joyful slight smug hungry drowsy panic sweat "
    "laugh commando determined scold shocked shhh dizzy tormented toasted skull hammer wave speechless nosepick clap shame bah "
    "pooh shrunken tearingup sly kiss wrath whimper heart broken hug thumbsup thumbsdown shake victory fight beckon fist salute "
    "peace ok worship beer coffee cake rose wilt cleaver bomb poop moon sun party gift packet facepalm smirk smart emm yeah "
    "sticker photo image picture"
)
_STICKER = expression(rf"\[(?:{'|'.join(sorted(_STICKERS.split(), key=len, reverse=True))})\]")
"""WeChat's `[微笑]`: a picture written as a word. Only known ones go: people write other things in brackets, too."""
_CONTRACTIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (expression(r"\b(?:can't|cannot|cant)\b"), "can not"),
    (expression(r"\bwon't\b"), "will not"),
    (expression(r"\bthere's\b"), "there is"),
    (expression(r"\b(do|does|did|is|are|was|were|have|has|had|would|could|should)(?:n't|nt)\b"), r"\1 not"),
    (expression(r"n't\b"), " not"),
    (expression(r"\bi'm\b"), "i am"),
    (expression(r"'(?:s|re|ve|ll|d|m)\b"), ""),
)
_SAME = {"帐": "账", "覆": "复"}
"""Simplified characters that people use for one another."""
_MARKS = expression(r"[\W_]+")
_LONG_RUN = expression(r"([^\W\d])\1{2,}")
_SPACE_AT_HAN = expression(rf"(?<=[{HAN}]) +| +(?=[{HAN}])")

_ASK_ZH = "问(?![题候卷诊])|咨询(?!电话|热线|[师台处])|请教|请问"
_OPENING = expression(
    r"^(?:(?:(?:各位|大家|你们|客服|老板|店家|卖家|亲|你|您)+好|亲+(?:爱的)?(?:客服)?|哈喽|哈啰|嗨|喂|在吗|在么|在不在|有人吗|客服|小姐姐|老板|"
    r"哦|噢|喔|嗯+|额|呃|打扰(?:一?下|了)?|不好意思|麻烦(?:一?下)?|劳驾|那个|那么)(?:啊|呀|哈|哦|了)?"
    r"|(?:(?:我|那我)?(?:还|就|先)?(?:想要?|要|需要|方便|能不能|可不可以|可以|能|麻烦|帮忙|有个问题|有问题)?(?:跟你|向你|向您|跟您)?"
    rf"(?:{_ASK_ZH})|(?:我|那我)?(?:还|就|先)?(?:想要?|需要)(?:了解|知道|打听))(?:一?下|个问题|个事)?(?:吗(?=.))?|我?有个问题"
    r"|(?:请|麻烦|能不能|可以|能)?(?:你|您)?告诉我(?:一?下)?(?!们)"
    r"|(?:hi|hello|hey|dear|hiya|good (?:morning|afternoon|evening|day)|excuse me|sorry|ok|okay|so|well)\b ?"
    r"(?:(?:there(?! (?:is|was|were) (?:an?|no|some|something|still|money)\b| are (?!you|there|my|any|the|we\b)| (?:has|have|"
    r"seems?)\b)|all|team|everyone|guys|support|sir or madam|sir|madam)\b ?)*+"
    r"|(?:(?:please|pls|plz|kindly) )?(?:can|could|would|will) (?:you|u) (?:please |pls |kindly )?(?:tell|help|show|explain to) "
    r"me\b ?(?:with |out )?"
    r"|(?:please|pls|plz|kindly)\b ?|tell me\b ?"
    r"|(?:i would|i|id) (?:just )?(?:like|want|love|need) to (?:know|ask)\b ?(?:you )?|i (?:am|was) (?:just )?wondering\b ?|do you "
    r"know\b ?"
    r"|(?:i have|just) a (?:quick )?question\b ?(?:about )?)++"
)
_CLOSING = expression(
    r"(?:(?:非常|十分|太|真的|先|提前)*(?:谢谢|多谢|感谢|感激|谢)(?:你们?|您|了|啦|哈|大家|客服|不尽)*|(?:麻烦|辛苦)(?:你|您)?(?:了|啦)|拜托了?|在线等"
    r"|(?:请|望|盼|期待|等)(?:您|你)?(?:尽快|早日|及时)?(?:回复|答复|告知|解答|回答)(?:一?下)?|盼复|求解答?|求告知|求助|急+"
    r"| ?\b(?:please|pls|plz|thanks|thank you|thank u|thx|cheers|tks|ty|regards|asap)"
    r"(?: (?:a lot|so much|very much|a million|in advance|again|for (?:your|the) help|guys|all))?"
    r"| ?\b(?:any help (?:is |would be )?(?:much )?appreciated|i appreciate (?:it|your help)))++$"
)
_PARTICLES = expression(r"(?<=..)[啊呀哦喔呢哈嘛啦诶哎唉]+$")


class Normalizer(Protocol):
    """Makes texts comparable."""

    def plain(self, text: str) -> str:
        """One form for all spellings: width, case, script, marks, pictures, repeats and spaces."""
        ...

    def core(self, text: str) -> str:
        """`plain`, without the courtesies around the question. Takes plain text; never empty unless it is."""
        ...


class TextNormalizer:
    """The normalizer for Chinese and English."""

    def __init__(self, scripts: ScriptTables) -> None:
        self._scripts = scripts

    @cached_property
    def _to_simplified(self) -> Mapping[int, str]:
        simplified = {char: _SAME.get(form, form) for char, form in self._scripts.to_simplified.items()}
        return {**simplified, **{ord(char): form for char, form in _SAME.items()}}

    def plain(self, text: str) -> str:
        if text.isascii():
            folded = text[: MAX_CHARS * 2].lower()
        else:
            folded = unicodedata.normalize("NFKC", text[: MAX_CHARS * 2]).lower().replace("’", "'").replace("‘", "'")
            folded = _STICKER.sub(" ", _PICTURES.sub(" ", _INVISIBLE.sub("", folded))).translate(self._to_simplified)
        if "'" in folded or "nt" in folded or "cannot" in folded:
            for pattern, replacement in _CONTRACTIONS:
                folded = pattern.sub(replacement, folded)
        folded = _SPACE_AT_HAN.sub("", _MARKS.sub(" ", folded))
        return _LONG_RUN.sub(r"\1\1", folded).strip()[:MAX_CHARS].strip()

    def core(self, text: str) -> str:
        opened = _OPENING.sub("", text).strip()
        opened = opened if len(opened) > 1 else text
        closed = _CLOSING.sub("", opened).strip()
        closed = closed if len(closed) > 1 else opened
        return _PARTICLES.sub("", closed)
