"""Messages of an approved form (`[channels.NAME.templates]`): what is filled in, and how they read then. Pure."""

import re
from collections.abc import Mapping

from msgspec import Struct

from config.schema import Settings
from config.wechat import NoticeTemplate, WeChat
from gateway.core.errors import Faulty, NotFound
from gateway.core.ids import ChannelName
from gateway.core.parts import Notice
from gateway.core.texts import nearest

VALUE_MAX_CHARS = 200
_FIELD = re.compile(r"\{\{(\w+)\.DATA\}\}", re.ASCII)
_KIND_MAX_CHARS = {
    "thing": 20, "name": 20, "phrase": 5, "character_string": 32, "number": 32, "letter": 32, "symbol": 5, "phone_number": 17,
    "car_number": 8, "amount": 16,
}  # fmt: skip
"""What the platform takes of each kind of value, where it says so; a field is its kind and a number: thing1
(developers.weixin.qq.com, 参数值内容限制说明, 2026-11). Older templates' fields (first, keyword1, remark) have no kind."""


class Field(Struct, frozen=True):
    """Something that a template leaves open."""

    name: str
    max_chars: int


def templates_of(settings: Settings, channel: ChannelName) -> Mapping[str, NoticeTemplate]:
    """The approved forms of a channel, by their NAME; none where it has no such thing."""
    configured = settings.channels.get(channel)
    return configured.templates if isinstance(configured, WeChat) else {}


def title_of(name: str, template: NoticeTemplate, language: str) -> str:
    """What agents read for it, in the language that is nearest to theirs."""
    return template.title[nearest(language, tuple(template.title))] if template.title else name


def fields(template: NoticeTemplate) -> tuple[Field, ...]:
    """What is to be filled in, in the order of the text, each once."""
    return tuple(Field(name, _max_chars(name)) for name in dict.fromkeys(_FIELD.findall(template.text)))


def notice(settings: Settings, channel: ChannelName, name: str, values: Mapping[str, str]) -> Notice:
    """The filled-in message. Raises NotFound where the channel has no such template, Faulty for values that are missing or too long."""
    template = templates_of(settings, channel).get(name)
    if template is None:
        raise NotFound("this channel has no such template")
    wanted = fields(template)
    given = {field.name: " ".join(values.get(field.name, "").split()) for field in wanted}
    wrong = [found for field in wanted if (found := _wrong(field, given[field.name]))]
    if wrong:
        raise Faulty("bad_notice", "a value for each field", [one[:2] for one in wrong], [one[2] for one in wrong])
    return Notice(name, given, _FIELD.sub(lambda match: given[match[1]], template.text))


def _wrong(field: Field, value: str) -> tuple[str, str, tuple[str, Mapping[str, str]]] | None:
    if not value:
        return field.name, "expected a value", ("missing", {})
    if len(value) > field.max_chars:
        return field.name, f"{field.max_chars} characters at most", ("too_long", {"count": str(field.max_chars)})
    return None


def _max_chars(name: str) -> int:
    return _KIND_MAX_CHARS.get(name.rstrip("0123456789"), VALUE_MAX_CHARS)
