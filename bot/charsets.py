"""Which characters a file's bytes stand for: what Excel writes in Chinese offices is seldom UTF-8."""

import codecs

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
LOOKED_AT_BYTES = 200_000
"""What is judged of a long file."""

_COMMON = frozenset(
    "的一是了我不在有人这这個他们們来來到时時大地为為子中你说說生国國年着就那和要她出也得里裡后後自以会會家可下而过過天去能对對小多然于於"
    "心学學么麼之都好看起发發当當没沒成只如事把还還用第样樣道想作种種开開美总總从從无無情己面最女但现現前些所同日手又行意动動方期它头頭"
    "经經长長儿兒回位分爱愛老因很给給名法间間斯知世什两兩次使身者被高已亲親其进進此话話常与與活正感退款货貨订訂单單问問题題答案请請"
    "怎何多少久运運费費发發票快递遞客服电電账帳号號密码碼登录錄修改取消地址支付优優惠券会會员員积積分换換商品店铺鋪查询詢申收到"
)
"""Characters that any Chinese text is full of, in both scripts: bytes read by the wrong table hardly give any."""


def decoded(data: bytes) -> tuple[str, str]:
    """The text, and the name of the encoding that was found: UTF-8, UTF-16, GB18030, Big5 or Windows-1252. Raises ValueError."""
    for bom, name in BOMS:
        if data.startswith(bom):
            return _by(data, name), name
    if name := _two_byte(data[:LOOKED_AT_BYTES]):
        return _by(data, name), name
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    tried = [(_by(data, name), name) for name in ("gb18030", "cp950") if _can(data, name)]
    best = max(tried, key=lambda one: _commonness(one[0]), default=None)
    if best and _commonness(best[0]) > 0:
        return best
    return _by(data, "cp1252"), "cp1252"


def _by(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ValueError(f"line {line}: expected text in UTF-8, UTF-16, GB18030 or Big5, found other bytes") from None


def _can(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _two_byte(sample: bytes) -> str:
    """UTF-16 without a mark: every table has ASCII in it, which leaves zeros at every second place."""
    zeros = (sample[0::2].count(0), sample[1::2].count(0))
    if max(zeros) * 10 <= len(sample):
        return ""
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def _commonness(text: str) -> float:
    """The share of common Chinese characters among all that are not ASCII."""
    foreign = [char for char in text[:LOOKED_AT_BYTES] if char > "\x7f"]
    return sum(char in _COMMON for char in foreign) / len(foreign) if foreign else 0.0
