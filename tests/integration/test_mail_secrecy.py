"""Mail, and the log: whatever a mail holds and whatever goes wrong over it, no line tells a customer's words, an address or a password."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.logs import LineFormatter
from tests.integration.mail_world import CUSTOMER, SUPPORT, MailWorld
from tests.peers.dovecot import PASSWORD, DovecotServer

WORDS = ("zebrafish", "marmalade", "platypus", "quokka", "narwhal", "axolotl")
"""Of the subject, the text, a file's name, a file, the sender's name, the stranger."""


WITH_FILE = b"""From: quokka <customer@example.net>\r
To: support@example.com\r
Subject: narwhal\r
Message-ID: <file@example.net>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=b\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
\r
Look at my platypus.\r
--b\r
Content-Type: text/plain; name="platypus.txt"\r
Content-Disposition: attachment; filename="platypus.txt"\r
\r
quokka\r
--b--\r
"""
BROKEN = b"""From: quokka <customer@example.net\r
Subject: =?marmalade?b?narwhal?=\r
Content-Type: multipart/axolotl; charset=platypus\r
\r
zebrafish \xff\xfe"""


class Lines(logging.Handler):
    """All lines, as they are written where no secret is known to the log."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(LineFormatter("json"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[Lines]:
    root, kept = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    yield kept
    root.removeHandler(kept)
    root.setLevel(level)


async def test_nothing_that_a_mail_holds_is_in_the_log_whatever_happens_to_it(
    tmp_path: Path, dovecot: DovecotServer, monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    async with MailWorld(tmp_path, dovecot, monkeypatch) as world:
        world.smtp.expect(".", f"451 4.7.1 zebrafish to {CUSTOMER} is greylisted")
        await world.start()
        world.write("A marmalade question", subject="zebrafish")
        await world.until(lambda: [one["detail"] for one in world.messages("bot")] not in ([], [""]), "the delay being told")
        await world.advance(3_600)
        (answer,) = await world.gets(1)
        world.write("narwhal?", subject="axolotl", sender="other@example.org", answers=answer)
        world.dovecot.put(SUPPORT, [WITH_FILE, BROKEN])
        world.bounce(answer, recipient=CUSTOMER)
        await world.until(lambda: "5.1.1" in str(world.messages("bot")), "the bounce being told")
        world.smtp.expect(".", "554 5.7.1 axolotl of other@example.org is spam", times=3)
        world.write("person, platypus", sender="other@example.org", subject="axolotl")
        await world.until(lambda: any(one["state"] == "queued" for one in world.sessions()), "a person being asked for")
        await world.until(lambda: "554" in str(world.messages()), "the refusal being told")
    text = "\n".join(lines.lines)
    assert [word for word in (*WORDS, PASSWORD, CUSTOMER, "other@example.org") if word in text] == []
    assert "aioimaplib" in text, "the lowest level is written down"
