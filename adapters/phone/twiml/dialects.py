"""Where the clouds that speak TwiML differ: languages and voices, the headers they sign in, and the paths of their REST interfaces."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Cloud = Literal["twilio", "signalwire", "telnyx"]


class Spoken(Struct, frozen=True):
    """How `<Say>` is told who speaks. Without a voice it is the cloud's own for the language."""

    language: str
    voice: str = ""


class Dialect(Struct, frozen=True, kw_only=True):
    """One cloud's."""

    speaks: Mapping[str, Spoken]
    """By our tag of the language, or its first part."""
    hears: Mapping[str, str]
    """The like for `<Gather language>`."""
    accounts: str
    """The path, behind `api_base`, under which everything of an account lies; {account} in it."""
    ends: str = ".json"
    """What the paths of calls and recordings end with."""
    is_bearer: bool = False
    """Its REST interface asks for a bearer token; else for the account's id and token as user and password."""
    is_one_key: bool = False
    """What it signs its webhooks with opens its REST interface too."""
    masks_curses: bool = False
    """It understands `profanityFilter`: what customers say is not to be prettied up."""


# Voices and languages as the clouds' pages list them (Twilio "Text-to-Speech" and "Gather", SignalWire cXML "Say", Telnyx TeXML "Say";
# all seen 2026-11). Recognition goes by Google's tags, where Mandarin is `cmn-Hans-CN`; voices go by Amazon's and Google's, `cmn-CN`.
_HEARS = {"zh": "cmn-Hans-CN", "zh-TW": "cmn-Hant-TW", "zh-HK": "yue-Hant-HK", "en": "en-US"}

DIALECTS: Mapping[Cloud, Dialect] = {
    "twilio": Dialect(
        speaks={
            "zh": Spoken("cmn-CN", "Polly.Zhiyu"),
            "zh-TW": Spoken("cmn-TW", "Google.cmn-TW-Standard-A"),
            "en": Spoken("en-US", "Polly.Joanna"),
        },
        hears=_HEARS,
        accounts="/2010-04-01/Accounts/{account}",
        is_one_key=True,
        masks_curses=True,
    ),
    "signalwire": Dialect(
        speaks={
            "zh": Spoken("cmn-CN", "Polly.Zhiyu"),
            "zh-TW": Spoken("cmn-TW", "gcloud.cmn-TW-Standard-A"),
            "en": Spoken("en-US", "Polly.Joanna"),
        },
        hears=_HEARS,
        accounts="/2010-04-01/Accounts/{account}",  # behind https://SPACE.signalwire.com/api/laml
    ),
    "telnyx": Dialect(
        speaks={
            "zh": Spoken("cmn-CN", "Polly.Zhiyu"),
            "zh-TW": Spoken("cmn-CN", "Polly.Zhiyu"),  # it lists no Taiwanese voice; Mandarin sounds alike
            "en": Spoken("en-US", "Polly.Joanna"),
        },
        hears={"zh": "zh", "zh-TW": "zh-TW", "zh-HK": "yue-Hant-HK", "en": "en"},
        accounts="/texml/Accounts/{account}",  # behind https://api.telnyx.com/v2
        ends="",
        is_bearer=True,
    ),
}

NAMELESS = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253", "266696687", "7378742833", "86282452253"})
"""ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE, spelled on a telephone's keys: what Twilio says where a number is withheld.
The last looks like one in Chengdu."""


def speaks(dialect: Dialect, language: str) -> Spoken:
    """How this language is spoken; one that nobody has listed goes by its own tag."""
    return dialect.speaks.get(language) or dialect.speaks.get(language.partition("-")[0]) or Spoken(language)


def hears(dialect: Dialect, language: str) -> str:
    """How this language is recognized."""
    return dialect.hears.get(language) or dialect.hears.get(language.partition("-")[0]) or language


def number_of(said: str) -> str:
    """The caller's number; empty where it is withheld. A SIP address stays as it is."""
    stripped = said.strip()
    return "" if stripped in NAMELESS or stripped.casefold() in {"anonymous", "restricted", "unknown", "unavailable"} else stripped
