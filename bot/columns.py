"""What the columns of a table of questions and answers may be called, in Chinese and English, and what stands in their cells."""

import difflib
import re
import unicodedata
from collections.abc import Mapping

from gateway.core.expressions import expression

COLUMNS = (
    "id", "questions", "variants", "answer", "answer_on", "tags", "category", "urgency", "risk", "valid_from", "valid_to", "not_questions",
    "handoff_queue", "handoff_reason", "action",
)  # fmt: skip
"""And `answer_zh`, `answer_en`, `answer_zh-TW` ..."""

_NAMES: Mapping[str, str] = {
    "id": "id|key|entryid|faqid|编号|知识编号|知识id|条目编号|条目id|问题编号|编码|标识",
    "questions": "question|questions|title|问题|标准问题|标准问|标准问法|主问题|标题|知识标题|知识点|faq|q",
    "variants": "variants|variant|similarquestions|similar|utterances|alternatives|相似问法|相似问|相似问题|扩展问|扩展问法|同义问法|问法|"
    "其他问法|更多问法",
    "answer": "answer|answers|reply|response|答案|回答|回复|答复|标准答案|标准回复|a",
    "answer_on": "answeron|按渠道答案|渠道答案",
    "tags": "tags|tag|labels|标签|关键词|关键字|keywords",
    "category": "category|categories|folder|分类|类别|类目|目录|知识分类|知识目录|所属分类|业务",
    "urgency": "urgency|priority|紧急程度|紧急度|优先级",
    "risk": "risk|风险|风险等级",
    "valid_from": "validfrom|startdate|starts|from|生效日期|生效时间|开始日期|开始时间|有效期开始",
    "valid_to": "validto|enddate|ends|expires|to|失效日期|失效时间|结束日期|结束时间|截止日期|有效期结束|有效期至",
    "not_questions": "notquestions|notquestion|negatives|排除问法|排除问题|否定问法|不是这个问题|反例",
    "handoff_queue": "handoffqueue|queue|队列|转人工队列|技能组|转接队列",
    "handoff_reason": "handoffreason|转人工原因|转接原因",
    "action": "action|actions|动作|查询动作",
}
_KNOWN = {name: column for column, names in _NAMES.items() for name in names.split("|")}
_ELSEWHERE = (
    "no|number|row|index|updatedat|createdat|updatedby|createdby|author|status|state|enabled|remark|remarks|note|notes|comment|comments|"
    "hits|views|序号|行号|更新时间|修改时间|创建时间|更新人|修改人|创建人|作者|状态|是否启用|启用|备注|说明|点击量|浏览量|命中次数|使用次数|版本"
)
_IGNORED = frozenset(_ELSEWHERE.split("|"))
"""What other programs' tables hold besides, and an entry has no place for."""
_LANGUAGES: Mapping[str, str] = {
    "zh": "中文|简体|简中|简体中文|汉语|chinese|simplified|simplifiedchinese",
    "zh-TW": "繁体|繁中|繁体中文|台湾|traditional|traditionalchinese",
    "en": "英文|英语|english",
    "ja": "日文|日语|japanese",
    "ko": "韩文|韩语|korean",
}
_TAGS = {name: tag for tag, names in _LANGUAGES.items() for name in names.split("|")}
_ANSWER = expression(r"(?:answers?|reply|答案|回答|回复|标准答案)", re.IGNORECASE)
_TAG = expression(r"([a-z]{2,3})((?:-[a-z0-9]{1,8})*)", re.IGNORECASE)
_JOINTS = expression(r"[\s_()（）\[\]【】:：/*·.,，-]+")

_MIDDLE = dict.fromkeys(("中", "普通", "一般", "正常", "medium"), "normal")
_VALUES: Mapping[str, Mapping[str, str]] = {
    "risk": {**_MIDDLE, "低": "low", "高": "high"},
    "urgency": {**_MIDDLE, "低": "low", "高": "high", "紧急": "urgent", "加急": "urgent", "非常紧急": "urgent"},
}
_DAY = expression(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?[日号]?(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?")

_SIMPLIFIED = str.maketrans(
    "備優別創動務問啓啟復態擊擴數時條業標準漢灣狀碼簡級組結緊編臺號覽註詞詢語說識轉錄鍵開間關隊險韓題類風體點個屬瀏簽籤義複這錯",
    "备优别创动务问启启复态击扩数时条业标准汉湾状码简级组结紧编台号览注词询语说识转录键开间关队险韩题类风体点个属浏签签义复这错",
)
"""The Traditional characters of these headings: the whole table takes half a second to load."""


def column_of(name: str) -> str | None:
    """The column that a heading means; "" for one that may be left out, None for one that nobody knows."""
    plain = _plain(name)
    folded = _JOINTS.sub("", plain)
    if folded in _KNOWN:
        return _KNOWN[folded]
    if not folded or folded in _IGNORED:
        return ""
    if tag := _answer_tag(unicodedata.normalize("NFKC", name).strip().replace("_", "-"), folded):
        return f"answer_{tag}"
    return None


def nearest_column(name: str) -> str:
    """The column that an unknown heading may have meant; "" where none comes near."""
    near = difflib.get_close_matches(_JOINTS.sub("", _plain(name)), _KNOWN, n=1)
    return _KNOWN[near[0]] if near else ""


def value_of(column: str, text: str) -> str:
    """A cell's value in the contract's words: levels said in Chinese, dates as spreadsheets write them."""
    if column in _VALUES:
        plain = _plain(text)
        return _VALUES[column].get(plain, plain)
    if column in {"valid_from", "valid_to"} and (match := _DAY.fullmatch(text)):
        return f"{int(match[1]):04}-{int(match[2]):02}-{int(match[3]):02}"
    return text


def _answer_tag(name: str, folded: str) -> str:
    """`answer_zh-TW`, `Answer (English)`, `英文答案`: the language's tag; "" where it is no answer's heading."""
    if not _ANSWER.search(folded):
        return ""
    rest = _JOINTS.sub(" ", _ANSWER.sub(" ", name.replace("-", "\0"))).replace("\0", "-").strip(" -")
    simple = _JOINTS.sub("", _plain(rest))
    if simple in _TAGS:
        return _TAGS[simple]
    match = _TAG.fullmatch(rest)
    return rest if match else ""


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower().translate(_SIMPLIFIED)
