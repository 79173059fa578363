"""How Chinese characters sound: their pinyin without tones. The table is pypinyin's, read when first needed."""

import importlib.util
import json
import unicodedata
from functools import cache
from pathlib import Path

from gateway.core.expressions import expression

_READINGS_MAX_COUNT = 2
"""A character's further readings are rare."""
LETTERS_MAX = 6
"""The longest syllable: "zhuang"."""
_ALL = (
    "a ai an ang ao ba bai ban bang bao bei ben beng bi bian biao bie bin bing bo bu ca cai can cang cao ce cen ceng cha chai chan "
    "chang chao che chen cheng chi chong chou chu chuai chuan chuang chui chun chuo ci cong cou cu cuan cui cun cuo da dai dan dang "
    "dao de deng di dia dian diao die ding diu dong dou du duan dui dun duo e ei en er fa fan fang fei fen feng fo fou fu ga gai "
    "gan gang gao ge gei gen geng gong gou gu gua guai guan guang gui gun guo ha hai han hang hao he hei hen heng hong hou hu hua "
    "huai huan huang hui hun huo ji jia jian jiang jiao jie jin jing jiong jiu ju juan jue jun ka kai kan kang kao ke kei ken keng "
    "kong kou ku kua kuai kuan kuang kui kun kuo la lai lan lang lao le lei leng li lia lian liang liao lie lin ling liu long lou "
    "lu luan lun luo lv lve ma mai man mang mao me mei men meng mi mian miao mie min ming miu mo mou mu na nai nan nang nao ne nei "
    "nen neng ni nian niang niao nie nin ning niu nong nou nu nuan nuo nv nve o ou pa pai pan pang pao pei pen peng pi pian piao "
    "pie pin ping po pou pu qi qia qian qiang qiao qie qin qing qiong qiu qu quan que qun ran rang rao re ren reng ri rong rou ru "
    "ruan rui run ruo sa sai san sang sao se sen seng sha shai shan shang shao she shei shen sheng shi shou shu shua shuai shuan "
    "shuang shui shun shuo si song sou su suan sui sun suo ta tai tan tang tao te teng ti tian tiao tie ting tong tou tu tuan tui "
    "tun tuo wa wai wan wang wei wen weng wo wu xi xia xian xiang xiao xie xin xing xiong xiu xu xuan xue xun ya yan yang yao ye yi "
    "yin ying yo yong you yu yuan yue yun za zai zan zang zao ze zei zen zeng zha zhai zhan zhang zhao zhe zhei zhen zheng zhi "
    "zhong zhou zhu zhua zhuai zhuan zhuang zhui zhun zhuo zi zong zou zu zuan zui zun zuo nue lue"
)
ALL = frozenset(_ALL.split())
"""Every syllable that is written with a common character."""
_TONE = expression("[\u0300-\u036f]")
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"), ("r", "l"))
_ALIKE_ENDS = (("ing", "in"), ("eng", "en"), ("ang", "an"))


class Syllables:
    """The sounds of characters."""

    def __init__(self) -> None:
        self._readings = _table()
        self._of: dict[str, tuple[str, ...]] = {}
        """Of the characters that were asked for; there are only so many."""

    def of(self, char: str) -> tuple[str, ...]:
        """The character's readings, the commonest first; () for what isn't Chinese."""
        if char not in self._of:
            listed = self._readings.get(str(ord(char)), "").split(",")[:_READINGS_MAX_COUNT]
            self._of[char] = tuple(dict.fromkeys(toneless(sound) for sound in listed if sound))
        return self._of[char]


@cache
def alike(sound: str) -> tuple[str, ...]:
    """The syllable first, then those that many speakers don't tell from it: zh and z, n and l, ing and in."""
    found = {sound}
    for one, other in _ALIKE_ENDS:
        found |= {heard[: -len(one)] + other for heard in found if heard.endswith(one)}
        found |= {heard + "g" for heard in found if heard.endswith(other)}
    for one, other in _ALIKE:
        found |= {other + heard[len(one) :] for heard in found if heard.startswith(one)}
        found |= {one + heard[len(other) :] for heard in found if heard.startswith(other) and not heard.startswith(one)}
    return (sound, *sorted(found & ALL - {sound}))


def toneless(text: str) -> str:
    """Pinyin without its tone marks; ü becomes v, as keyboards write it."""
    apart = unicodedata.normalize("NFD", text)
    return _TONE.sub("", apart.replace("u\u0308", "v"))


def _table() -> dict[str, str]:
    """Readings by code point. The package itself is not imported: its phrases would take 50 MB, and only characters are wanted."""
    package = importlib.util.find_spec("pypinyin")
    if package is None or not package.origin:
        return {}
    found: dict[str, str] = json.loads(Path(package.origin).with_name("pinyin_dict.json").read_text(encoding="utf-8"))
    return found
