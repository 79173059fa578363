"""`config/example.toml` and `docs/configuration.md` say exactly what there is to set: no more, no less, and with the true defaults."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from msgspec import NODEFAULT, Struct, structs

from config.loader import load
from config.schema import Bot, Settings, WeChat
from config.wechat import NoticeTemplate

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "config" / "example.toml"
DOCUMENT = ROOT / "docs" / "configuration.md"


def kinds() -> Iterator[tuple[str, type[Struct]]]:
    """(heading, table) of every kind of section: `gateway`, `queues.NAME`, `channels.NAME type = "webchat"` ..."""
    for name, wanted in get_type_hints(Settings).items():
        inner = get_args(wanted)[1] if get_origin(wanted) is dict else wanted
        for kind in get_args(inner) or (inner,):
            tag = kind.__struct_config__.tag
            yield name + (".NAME" if inner is not wanted else "") + (f' type = "{tag}"' if tag else ""), kind
    yield from (("bot." + name + (".NAME" if is_named else ""), kind) for name, (kind, is_named) in tables_in(Bot).items())
    yield "channels.NAME.templates.NAME", NoticeTemplate


def tables_in(kind: type[Struct]) -> dict[str, tuple[type[Struct], bool]]:
    """The tables inside a section that have headings of their own, and whether each is one of several with names."""
    hints = get_type_hints(kind)
    named = {name: get_args(wanted)[1] for name, wanted in hints.items() if get_origin(wanted) is dict}
    found = {name: (wanted, False) for name, wanted in hints.items() if isinstance(wanted, type) and issubclass(wanted, Struct)}
    return found | {name: (inner, True) for name, inner in named.items() if isinstance(inner, type) and issubclass(inner, Struct)}


def settings_of(kind: type[Struct]) -> dict[str, Any]:
    """Every setting of a table with its default, NODEFAULT where it is required."""
    inner = tables_in(kind) if kind in (Bot, WeChat) else {}
    known = [f for f in structs.fields(kind) if f.name not in inner]
    return {f.name: f.default_factory() if f.default_factory is not NODEFAULT else f.default for f in known}


def example_tables() -> dict[str, dict[str, Any]]:
    """The example's tables under the same headings."""
    tables: dict[str, dict[str, Any]] = {}
    for name, table in tomllib.loads(EXAMPLE.read_text(encoding="utf-8")).items():
        if name in ("queues", "hours", "channels"):
            for inner in table.values():
                tag = inner.pop("type", None)
                for template in inner.pop("templates", {}).values():
                    tables["channels.NAME.templates.NAME"] = template
                tables[f"{name}.NAME" + (f' type = "{tag}"' if tag else "")] = inner
        else:
            tables[name] = table
    for name, (_, is_named) in tables_in(Bot).items():
        table = tables["bot"].pop(name)
        tables |= {f"bot.{name}.NAME": inner for inner in table.values()} if is_named else {f"bot.{name}": table}
    return tables


def test_the_example_has_every_section_and_no_other() -> None:
    assert sorted(example_tables()) == sorted(heading for heading, _ in kinds())


@pytest.mark.parametrize(("heading", "kind"), list(kinds()), ids=lambda value: value if isinstance(value, str) else "")
def test_the_example_has_every_setting_with_its_default(heading: str, kind: type[Struct]) -> None:
    known, shown = settings_of(kind), example_tables()[heading]
    assert sorted(shown) == sorted(known)
    defaults = {name: msgspec.to_builtins(value) for name, value in known.items() if value is not NODEFAULT}
    told = {name: _as_list(value) for name, value in shown.items() if name in defaults and not str(value).startswith("env:")}
    assert told == {name: _as_list(value) for name, value in defaults.items() if name in told}


def test_every_setting_in_the_example_has_a_comment() -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    plain = {"tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "timezone", "type"}
    bare = [key[1] for line in lines if (key := re.match(r"(\w+) = ", line)) and "#" not in line]
    assert set(bare) <= plain


def test_the_example_is_a_good_configuration() -> None:
    wechat = dict.fromkeys(("WX_SECRET", "WX_TOKEN", "KF_SECRET", "KF_TOKEN"), "abcdefABCDEF0123456789")
    keys = dict.fromkeys(("WX_AES", "KF_AES"), "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
    environment = {
        "MAIL_PASSWORD": "an authorization code",
        "CRM_TOKEN": "0123456789abcdef",
        "CRM_SIGNING": "whsec_" + "QUJD" * 8,
        **wechat,
        **keys,
    }
    assert load(EXAMPLE, environment).gateway.name == "Frontdesk"


@pytest.mark.parametrize(("heading", "kind"), list(kinds()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_setting_is_documented(heading: str, kind: type[Struct]) -> None:
    sections = dict(re.findall(r"^## `(.+?)`\n(.*?)(?=^## |\Z)", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))
    section, _, kind_of_channel = heading.partition(" ")
    documented = re.findall(r"^\| `(\w+)` \|", sections[" ".join(filter(None, (f"[{section}]", kind_of_channel)))], re.MULTILINE)
    assert sorted(documented) == sorted(settings_of(kind))


def _as_list(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_list(inner) for name, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value
