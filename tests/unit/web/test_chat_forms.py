"""Which form is due, whether it has been met, and what it makes known."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from adapters.webchat.channel import WebChat
from adapters.webchat.frames import HoursNow
from config.schema import Consent, FormField, Hours, Queue, Settings
from config.schema import WebChat as Site
from gateway.core.contact import Address, AddressKind, Contact
from gateway.core.desk import FilledForm, FormKind
from gateway.core.ids import ChannelName, ContactId
from gateway.web.chat_filling import Forms
from gateway.web.chat_forms import demand, made_known
from handoff.opening import OpeningHours

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
BROWSER = Address(AddressKind.VISITOR, "site", "v1")
CONSENT = Consent(version="2", text={"en": "I agree."})
WHO = Address(AddressKind.VISITOR, "site", "v1")


def form(consent: str = "", **fields: str) -> FilledForm:
    return FilledForm(id="f", address=WHO, channel=ChannelName("site"), kind=FormKind.PRECHAT, consent=consent, fields=fields, at=NOW)


def test_a_site_that_asks_nothing_has_no_form() -> None:
    assert demand(Site(), FormKind.PRECHAT) is None


def test_out_of_hours_an_address_is_required_whether_the_form_asks_for_it_or_not() -> None:
    asking = Site(form=(FormField(name="email"), FormField(name="name")))
    for site in (Site(), asking):
        due = demand(site, FormKind.OFFLINE)
        assert due is not None
        assert [one.name for one in due.fields if one.required] == ["email"]
    prechat = demand(asking, FormKind.PRECHAT)
    assert prechat is not None
    assert prechat.is_required is False


def test_a_form_counts_for_the_terms_of_its_day_and_with_all_that_is_required() -> None:
    due = demand(Site(consent=CONSENT, form=(FormField(name="email", required=True),)), FormKind.PRECHAT)
    assert due is not None
    assert due.is_required is True
    assert due.is_met([]) is False
    assert due.is_met([form("1", email="a@example.com"), form("2", name="Lin")]) is False
    assert due.is_met([form("1"), form("2", email="a@example.com")]) is True


def test_a_consent_alone_is_a_form_too() -> None:
    due = demand(Site(consent=CONSENT), FormKind.PRECHAT)
    assert due is not None
    assert (due.is_required, due.is_met([form("2")])) == (True, True)


def test_only_the_gaps_of_somebody_vouched_for_are_filled() -> None:
    known = Contact(id=ContactId("c"), created_at=NOW, name="Lin", is_vip=True)
    said = {"name": "Other", "email": "a@example.com", "colour": "red"}
    vouched = made_known(known, known.id, said, NOW, by=BROWSER, is_vouched=True)
    assert (vouched.name, vouched.email, vouched.is_vip) == ("Lin", "a@example.com", True)
    assert made_known(known, known.id, said, NOW, by=BROWSER, is_vouched=False).name == "Other"
    assert made_known(None, ContactId("new"), said, NOW, by=BROWSER, is_vouched=True, name="From the site").name == "From the site"
    assert vouched.said_by == (("email", BROWSER),)  # whose word it is stands beside it


def test_hours_are_looked_up_once_until_they_change() -> None:
    office = Hours(timezone="UTC", monday=("09:00-12:00", "13:00-18:00"))
    settings = Settings(hours={"office": office}, queues={"default": Queue(hours="office")})
    moment = [NOW]
    clock = SimpleNamespace(now=lambda: moment[0])
    forms = Forms(cast("Any", SimpleNamespace(opening=OpeningHours(settings), clock=clock)))
    chat = cast("WebChat", SimpleNamespace(settings=Site()))
    first = forms.hours(chat)
    assert first == HoursNow(open=True, opens_at=None, closes_at=datetime(2026, 11, 2, 12, tzinfo=UTC))
    moment[0] = datetime(2026, 11, 2, 11, 59, 59, tzinfo=UTC)
    assert forms.hours(chat) is first
    moment[0] = datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert forms.hours(chat) == HoursNow(open=False, opens_at=datetime(2026, 11, 2, 13, tzinfo=UTC), closes_at=None)


def test_a_queue_without_hours_is_always_open() -> None:
    forms = Forms(cast("Any", SimpleNamespace(opening=OpeningHours(Settings()), clock=SimpleNamespace(now=lambda: NOW))))
    assert forms.hours(cast("WebChat", SimpleNamespace(settings=Site()))) is None
