"""What a voice is given to read: runs of one script, Chinese as numbered pinyin."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.phone.speech.voices.pinyin import PhraseReader, readable
from adapters.phone.speech.voices.runs import clean, is_heard, runs

READERS: dict[bool, PhraseReader] = {}


def pinyin(text: str, *, traditional: bool = False) -> tuple[str, ...]:
    if traditional not in READERS:
        READERS[traditional] = PhraseReader(traditional=traditional)
    return readable(text, READERS[traditional])


def test_each_script_gets_its_own_voice() -> None:
    told = {
        ("您好。", "zh-CN"): [("您好。", True)],
        ("Hello, 12.", "en"): [("Hello, 12.", False)],
        ("请下载 WeChat 应用。", "zh-CN"): [("请下载 ", True), ("WeChat ", False), ("应用。", True)],
        ("Pay with 支付宝 or 微信.", "en"): [("Pay with ", False), ("支付宝 ", True), ("or ", False), ("微信.", True)],
        ("请打 WeChat 的 10086", "zh-CN"): [("请打 ", True), ("WeChat ", False), ("的 10086", True)],
        ("VIP 10086 会员", "zh-CN"): [("VIP", False), (" 10086 会员", True)],
        ("12 34", "zh-TW"): [("12 34", True)],
        ("12 34", "en"): [("12 34", False)],
        ("？！…", "zh-CN"): [],
        ("", "en"): [],
    }
    assert {asked: [tuple(run) for run in runs(*asked)] for asked in told} == told


def test_what_no_voice_can_read_is_left_out() -> None:
    assert clean("a\u200bb\u202e\tc\n\ufe0f d\x00") == "a b c d"
    assert [is_heard(text) for text in ("", "…!", "😀", "a", "。3")] == [False, False, False, True, True]


def test_a_character_is_read_as_its_phrase_says() -> None:
    told = {
        "银行": "yin2hang2", "重庆": "chong2qing4", "音乐": "yin1yue4", "会计": "kuai4ji4", "女儿": "nv3er2", "还有": "hai2you3",
        "还款": "huan2kuan3", "应还金额": "ying1huan2jin1e2", "重置密码": "chong2zhi4mi4ma3", "重要": "zhong4yao4", "支行": "zhi1hang2",
        "没收到": "mei2shou1dao4", "只能": "zhi3neng2", "便宜": "pian2yi5", "税率": "shui4lv4", "厦门": "xia4men2",
    }  # fmt: skip
    assert {text: pinyin(text)[0].replace(" ", "") for text in told} == told


def test_traditional_characters_are_read_by_the_same_phrases() -> None:
    assert pinyin("歡迎致電銀行。", traditional=True) == ("huan1 ying2 zhi4 dian4 yin2hang2.",)
    assert pinyin("重慶還款音樂", traditional=True) == ("chong2qing4 huan2kuan3 yin1yue4",)


def test_tones_change_before_one_another() -> None:
    told = {
        "一个": "yi2ge4", "一天": "yi4tian1", "第一天": "di4yi1tian1", "一百二十一号": "yi4bai3er4shi2yi1hao4", "不对": "bu2dui4",
        "不好": "bu4hao3", "按一": "an4yi1", "你好": "ni2hao3", "二零一八年": "er4ling2yi1ba1nian2", "一二三": "yi1er4san1",
    }  # fmt: skip
    assert {text: "".join(pinyin(text)).replace(" ", "") for text in told} == told


def test_marks_are_pauses_and_sentences_are_apart() -> None:
    assert pinyin("您好，欢迎。请按一！") == ("nin2 hao3, huan1 ying2.", "qing3 an4 yi1!")
    assert pinyin("（一）、“二”：三") == (", yi1,, er4, san1",)
    assert pinyin("。。。") == ()


def test_numbers_and_keys_are_read_as_callers_look_for_them() -> None:
    assert pinyin("请按#") == ("qing3 an4 jing3",)
    assert pinyin("按*键") == ("an4 xing1 jian4",)
    assert pinyin("共35元") == ("gong4 35 yuan2",)
    assert pinyin("拨１００８６") == ("bo1 yi1 ling2 ling2 ba1 liu4",)
    assert pinyin("尾号0031") == ("wei3 hao4 ling2 ling2 san1 yi1",)


@given(st.text(max_size=60))
def test_any_text_can_be_made_ready(text: str) -> None:
    for run in runs(clean(text), "zh-TW"):
        for sentence in pinyin(run.text) if run.is_chinese else ():
            assert sentence.strip()


def test_no_text_stalls_it() -> None:
    said = [pinyin(run.text) for text in ("一" * 1_000, "不" * 1_000, "a一" * 500, "。" * 1_000) for run in runs(text, "zh-CN")]
    assert len(said) == 1_002
