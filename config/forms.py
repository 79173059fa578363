"""The rules of what a web chat asks its visitors: the consent, the form before the first message, and the one out of hours. Pure."""

import re
from collections.abc import Mapping

from config.problems import Found, Key
from config.schema import Consent, FormField, Settings, WebChat

OUR_FIELDS = ("name", "email", "phone")
"""Fields that have labels of ours, and that become part of the customer's record."""
FIELDS_MAX_COUNT = 8
CONSENT_MAX_CHARS = 2000
LABEL_MAX_CHARS = 80
URL_MAX_CHARS = 2048

_VERSION = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FIELD = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_URL = re.compile(r"(https://[^\s/?#@\\]+(?=[/?#]|\Z)|/(?![/\\]))[^\s\\]*")


def check_form(key: Key, channel: WebChat, settings: Settings) -> Found:
    """Everything that is wrong with `consent`, `form` and `offline_form` of one channel."""
    languages = settings.gateway.languages
    yield from _consent((*key, "consent"), channel.consent, languages)
    if len(channel.form) > FIELDS_MAX_COUNT:
        yield (*key, "form"), f"expected at most {FIELDS_MAX_COUNT} fields, got {len(channel.form)}"
    for number, asked in enumerate(channel.form, 1):
        yield from _field((*key, "form", str(number)), asked, languages)
    for name in sorted({asked.name for asked in channel.form if sum(one.name == asked.name != "" for one in channel.form) > 1}):
        yield (*key, "form"), f"expected each name once, got {name!r} twice"
    queue = settings.queues.get(channel.queue)
    if channel.offline_form and queue is not None and not queue.hours:
        yield (*key, "offline_form"), f"expected [queues.{channel.queue}] to have hours: it is always open"


def _consent(key: Key, consent: Consent, languages: tuple[str, ...]) -> Found:
    if consent.version and not _VERSION.fullmatch(consent.version):
        yield (*key, "version"), "expected letters, digits, dots, - and _, at most 64"
    if consent.version and not consent.text:
        yield (*key, "text"), 'expected a text by language, such as {en = "I agree ..."}, got none'
    if not consent.version and (consent.text or consent.url):
        yield (*key, "version"), 'expected a version such as "2026-11": without one nothing is asked'
    yield from _texts((*key, "text"), consent.text, CONSENT_MAX_CHARS, languages)
    if consent.url and (len(consent.url) > URL_MAX_CHARS or not _URL.fullmatch(consent.url)):
        yield (*key, "url"), f'expected "https://..." or a path such as "/privacy", at most {URL_MAX_CHARS} characters'


def _field(key: Key, asked: FormField, languages: tuple[str, ...]) -> Found:
    if not _FIELD.fullmatch(asked.name):
        yield (*key, "name"), f"expected a-z, 0-9 and _, at most 32, got {asked.name[:40]!r}"
    elif asked.name in OUR_FIELDS and asked.label:
        yield (*key, "label"), f"expected none: {asked.name!r} has labels of ours; a field of your own needs another name"
    elif asked.name not in OUR_FIELDS and not asked.label:
        yield (*key, "label"), 'expected a label by language, such as {en = "Order number"}, got none'
    yield from _texts((*key, "label"), asked.label, LABEL_MAX_CHARS, languages)


def _texts(key: Key, texts: Mapping[str, str], max_chars: int, languages: tuple[str, ...]) -> Found:
    """Texts by language: each in a language that is spoken here, none empty, none too long."""
    spoken = {tag.split("-")[0].lower() for tag in languages}
    for tag, text in texts.items():
        if not _LANGUAGE.fullmatch(tag):
            yield (*key, tag), 'expected a language tag such as "zh-CN" or "en"'
        elif tag.split("-")[0].lower() not in spoken:
            yield (*key, tag), f"unknown language {tag!r}; known: {', '.join(languages)}"
        if not text.strip() or len(text) > max_chars:
            yield (*key, tag), f"expected 1 to {max_chars} characters, got {len(text)}"
