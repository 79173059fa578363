"""What a site asks its visitors before the first message: which form, whether it has been filled in, and what it makes known. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct, structs

from adapters.webchat.frames import ConsentAsked, FieldAsked, Form, FormAsked
from config.schema import Consent, FormField
from config.schema import WebChat as Settings
from gateway.core.contact import Address, Contact, filled
from gateway.core.desk import FilledForm, FormKind
from gateway.core.errors import BadInput, Faulty
from gateway.core.ids import ContactId
from gateway.core.texts import Texts, nearest
from handoff.contact_details import as_email, as_phone

_TYPES: Mapping[str, Literal["email", "tel"]] = {"email": "email", "phone": "tel"}
_SHAPES: Mapping[str, tuple[Callable[[str], str | None], str]] = {
    "email": (as_email, "an email address"),
    "phone": (as_phone, "a phone number"),
}
_JOINERS = "\u200c\u200d"
"""Not printable by themselves, but part of how some languages and emoji are written."""


class Demand(Struct, frozen=True, kw_only=True):
    """One site's form at one moment."""

    kind: FormKind
    consent: Consent | None
    fields: tuple[FormField, ...]

    @property
    def is_required(self) -> bool:
        """No message passes before it is met. A form of optional fields is only offered."""
        return self.consent is not None or any(asked.required for asked in self.fields)

    def is_met(self, filled: Sequence[FilledForm]) -> bool:
        """Whether one of these forms agrees to the terms of today, and has everything that is required."""
        required = {asked.name for asked in self.fields if asked.required}
        version = self.consent.version if self.consent else None
        return any((version is None or form.consent == version) and required <= form.fields.keys() for form in filled)


def demand(settings: Settings, kind: FormKind) -> Demand | None:
    """What a site asks; None where that is nothing. Out of hours an email address is required, whatever the form says."""
    fields = settings.form
    if kind is FormKind.OFFLINE:
        fields = tuple(structs.replace(one, required=True) if one.name == "email" else one for one in fields)
        if not any(one.name == "email" for one in fields):
            fields += (FormField(name="email", required=True),)
    consent = settings.consent if settings.consent.version else None
    return Demand(kind=kind, consent=consent, fields=fields) if fields or consent else None


def told(demand: Demand, locale: str, texts: Texts, public_url: str) -> FormAsked:
    """The form in a client's language; `public_url` is what a path in it begins with."""
    fields = tuple(_field(asked, locale, texts) for asked in demand.fields)
    return FormAsked(kind=demand.kind.value, consent=_consent(demand.consent, locale, public_url), fields=fields)


def filled_in(demand: Demand, form: Form) -> dict[str, str]:
    """The fields of a form that was filled in, tidy; blank ones are left out.

    Raises Faulty (`form_invalid`) with everything that is wrong, and BadInput (`consent_changed`) for terms that are not today's.
    """
    if demand.consent is not None and form.consent not in (None, demand.consent.version):
        raise BadInput("consent_changed", f"the consent {demand.consent.version}: say hello again, and show its text")
    given = {name: text for name, raw in form.fields.items() if (text := _tidy(raw))}
    asked = {one.name: one for one in demand.fields}
    problems = [(name[:32], "no such field") for name in form.fields if name not in asked]
    problems += [(name, "something: it is required") for name, one in asked.items() if one.required and name not in given]
    if demand.consent is not None and form.consent is None:
        problems.append(("consent", "the version that was agreed to"))
    for name, (shape, expected) in _SHAPES.items():
        if name in given and name in asked:
            understood = shape(given[name])
            if understood is None:
                problems.append((name, expected))
            else:
                given[name] = understood
    if problems:
        raise Faulty("form_invalid", f"a form with these put right: {', '.join(name for name, _ in problems)}", problems)
    return given


def made_known(
    contact: Contact | None, contact_id: ContactId, fields: Mapping[str, str], now: datetime, *, by: Address, is_vouched: bool,
    name: str | None = None,
) -> Contact:  # fmt: skip
    """The contact with what was filled in `by` this address. What is there of somebody whom the site vouches for stays; `name` is the
    site's own word."""
    known = contact or filled(Contact(id=contact_id, created_at=now), {"name": name} if name else {}, by)
    said = {key: fields[key] for key in ("name", "email", "phone") if key in fields}
    if is_vouched:
        said = {key: value for key, value in said.items() if not getattr(known, key)}
    return filled(known, said, by)


def _consent(consent: Consent | None, locale: str, public_url: str) -> ConsentAsked | None:
    if consent is None:
        return None
    url = public_url + consent.url if consent.url.startswith("/") else consent.url
    return ConsentAsked(consent.version, _in_language(consent.text, locale), url or None)


def _field(asked: FormField, locale: str, texts: Texts) -> FieldAsked:
    label = _in_language(asked.label, locale) if asked.label else texts.say(f"chat.field.{asked.name}", locale)
    return FieldAsked(name=asked.name, label=label, type=_TYPES.get(asked.name, "text"), required=asked.required)


def _in_language(said: Mapping[str, str], locale: str) -> str:
    return said[nearest(locale, tuple(said))]


def _tidy(text: str) -> str:
    """One line without controls and without marks that turn the reading direction."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable() or c in _JOINERS).strip()
