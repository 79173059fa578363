"""The doctor tries a mailbox as the channel does, and says in words what is wrong with it."""

from typing import Any

import pytest
from msgspec import structs

from adapters.email.opening import open_email
from config.email import Email, Imap, Smtp
from config.texts import load_texts
from gateway.core.channel import Verdict
from gateway.core.ids import ChannelName
from tests.fakes import FrozenClock
from tests.peers.dovecot import PASSWORD, DovecotServer
from tests.peers.processes import free_port
from tests.peers.smtp import MailServer
from tests.unit.adapters.kf_means import MemoryLeases, MemoryNotebook, MemoryShelf
from tests.unit.adapters.mail_means import MemoryMail, MemoryMarks, texts

USER = "doctor@example.com"
CATALOGUES = load_texts()


async def examined(settings: Email, notebook: MemoryNotebook | None = None) -> Verdict:
    """What the doctor says, with words for it in every language."""
    channel = open_email(
        ChannelName("support"), settings, secret=b"s" * 32, files=MemoryMail(), notebook=notebook or MemoryNotebook(), marks=MemoryMarks(),
        leases=MemoryLeases().worker(), shelf=MemoryShelf(), clock=FrozenClock(), texts=texts(),
    )  # fmt: skip
    verdict = await channel.examine()
    await channel.close()
    for texts_of in CATALOGUES.values():
        for key in filter(None, (verdict.why, verdict.todo)):
            assert texts_of[f"doctor.{key}"].format(**verdict.values)
    return verdict


@pytest.fixture
def settings(dovecot: DovecotServer) -> Email:
    dovecot.add_user(USER, mailboxes=("客服",))
    imap = Imap(host="127.0.0.1", port=dovecot.port, security="none", user=USER, password=PASSWORD)
    return Email(address=USER, imap=imap, smtp=Smtp(host="127.0.0.1", port=9, security="none"), timeout_s=5.0)


async def test_what_is_wrong_with_a_mailbox_is_named(settings: Email) -> None:
    async def why(changes: dict[str, Any], smtp_changes: dict[str, Any] | None = None) -> str:
        imap, smtp = structs.replace(settings.imap, **changes), structs.replace(settings.smtp, **(smtp_changes or {}))
        return (await examined(structs.replace(settings, imap=imap, smtp=smtp))).why.removeprefix("email.")

    with MailServer(users={"support": "right"}) as server:
        login = {"port": server.port, "user": "support", "password": "right"}
        assert await why({}, login) == "good_told"
        assert await why({}, login | {"password": "wrong"}) == "login"
        assert await why({}) == "smtp_unreachable"
        assert await why({"password": "wrong"}, login) == "login"
        assert await why({"mailboxes": ("INBOX", "客服")}, login) == "good_told"
        assert await why({"mailboxes": ("Support",)}, login) == "no_mailbox"
        assert await why({"port": free_port()}, login) == "imap_unreachable"
        assert await why({"port": server.port}, login) == "imap_odd"
        assert await why({"security": "tls"}, login) == "imap_tls"


async def test_what_a_program_calls_a_failure_is_told_as_people_do_and_where_it_was(settings: Email) -> None:
    port = free_port()
    values = (await examined(structs.replace(settings, imap=structs.replace(settings.imap, port=port)))).values
    assert (values["imap"], values["detail"]) == (f"127.0.0.1:{port}", "connection refused")


async def test_the_names_of_the_mailboxes_are_told_and_of_who_vouches_for_senders(settings: Email) -> None:
    wrong = await examined(structs.replace(settings, imap=structs.replace(settings.imap, mailboxes=("Support",))))
    assert "客服" in wrong.values["names"]
    notebook = MemoryNotebook()
    notebook.pages["email/support/authserv"] = "mx.example.com"
    notebook.pages["email/support/health"] = '{"begun_at": "2999-01-01T00:00:00Z", "trouble": "login_refused"}'
    with MailServer() as server:
        good = await examined(structs.replace(settings, smtp=structs.replace(settings.smtp, port=server.port)), notebook)
    assert (good.is_ok, good.why, good.values["authserv"]) == (True, "email.good_told_unnamed", "mx.example.com")
    assert notebook.pages["email/support/door"]  # whoever waits after refusals need not any longer
