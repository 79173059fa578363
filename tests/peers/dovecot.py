"""A private Dovecot: IMAP in the clear, with STARTTLS and with TLS, and LMTP, over maildirs that tests may fill by hand.

It runs as an ordinary process of an ordinary user, also where the tests run as root; its clients come from this machine, so that it takes
passwords without encryption too. A user's mails outlive `stop`, `kill` and `start`, which keep the ports.
"""

import base64
import grp
import os
import pwd
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import jwt

from tests.peers.certificates import Certificates
from tests.peers.processes import PeerError, Process, find_program, free_port, is_root

PASSWORD = "sesame-71"
CRLF, LF = b"\r\n", b"\n"
_TOKEN_KEY = "a-key-that-only-these-tests-know-0123456789"
_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
protocols = imap lmtp
listen = 127.0.0.1
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
mail_fsync = never
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
auth_username_format = %Lu
recipient_delimiter = +
lmtp_hdr_delivery_address = final
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
passdb {{
  driver = passwd-file
  mechanisms = plain login none
  args = scheme=PLAIN username_format=%u {folder}/users/%Lu
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%Lu
}}
first_valid_uid = 1
first_valid_gid = 1
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  service_count = 0
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  user = {user}
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  user = {user}
}}
service auth-worker {{
  user = {user}
}}
service stats {{
  chroot =
  unix_listener stats-writer {{
    mode = 0600
  }}
}}
"""


class DovecotServer:
    """A Dovecot of our own. `port` takes plain connections and STARTTLS, `tls_port` implicit TLS, `lmtp_port` deliveries."""

    def __init__(self) -> None:
        self._program = find_program("dovecot", Path("/usr/sbin"), Path("/usr/local/sbin"))
        self._doveadm = find_program("doveadm", Path("/usr/bin"), Path("/usr/local/bin"))
        self._user = "nobody" if is_root() else None
        self._uid = pwd.getpwnam("nobody").pw_uid
        self.folder = Path(tempfile.mkdtemp(prefix="frontdesk-dovecot-"))
        self.port, self.tls_port, self.lmtp_port = free_port(), free_port(), free_port()
        self.certificates = Certificates(self.folder)
        self._process: Process | None = None
        self._mail_count = 0
        self._write_config()

    @property
    def log(self) -> str:
        """What it has said so far."""
        return (self.folder / "dovecot.log").read_text(errors="replace")

    # ---- the process -----------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it unless it runs; returns when it answers."""
        if self._process is not None and self._process.is_running:
            return
        command = [self._program, "-F", "-c", str(self.folder / "dovecot.conf")]
        self._process = Process(command, self.folder / "dovecot.log", user=self._user)
        self._process.wait_for(self._greets, "Dovecot")

    def stop(self) -> None:
        """Stop it as an operator would: its clients hear BYE, or nothing."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """`kill -9`, of its children too: they would serve their clients for another ten seconds."""
        self._end(signal.SIGKILL)

    def remove(self) -> None:
        """Kill it and delete its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- users and their mails -------------------------------------------------------------------------------------------------

    def add_user(self, address: str, password: str = PASSWORD, *, mailboxes: Iterable[str] = ()) -> None:
        """A user with an empty INBOX, and further mailboxes (their names as people see them). One that exists is emptied."""
        shutil.rmtree(self._home(address), ignore_errors=True)
        for folder in ("", *mailboxes):
            self._make(self._maildir(address, folder))
        if mailboxes:
            subscribed = self._maildir(address) / "subscriptions"
            subscribed.write_text("".join(f"{_utf7(name)}\n" for name in mailboxes))
            self._own(subscribed)
        # A file for each: Dovecot looks at one that it knows once a second.
        entry, line = self.folder / "users" / address.lower(), f"{address}:{password}\n"
        is_changed = entry.exists() and entry.read_text() != line
        entry.write_text(line)
        self._own(entry)
        if is_changed:
            time.sleep(1.1)

    def token_for(self, address: str, *, is_good: bool = True) -> str:
        """A bearer token for XOAUTH2 and OAUTHBEARER; a bad one is signed by somebody else."""
        claims = {"sub": address, "email": address, "iat": int(time.time()) - 10, "exp": int(time.time()) + 3600}
        return jwt.encode(claims, _TOKEN_KEY if is_good else "another-key-that-nobody-here-trusts-01234567", algorithm="HS256")

    def put(self, address: str, mails: Iterable[bytes], *, mailbox: str = "", at: datetime | None = None) -> int:
        """Lay mails into a mailbox without the server's help (a backlog), in this order; how many. `at`: their INTERNALDATE."""
        return self.show(self.lay(address, mails, mailbox=mailbox, at=at))

    def lay(self, address: str, mails: Iterable[bytes], *, mailbox: str = "", at: datetime | None = None) -> list[Path]:
        """The same, but nobody sees them yet."""
        maildir = self._maildir(address, mailbox)
        ready: list[Path] = []
        for raw in mails:
            self._mail_count += 1
            size = f"S={len(raw)},W={len(raw) + raw.count(LF) - raw.count(CRLF)}"  # as Dovecot's own deliveries have it
            ready.append(maildir / "tmp" / f"{1_700_000_000 + self._mail_count}.M{self._mail_count}P1.tests,{size}")
            ready[-1].write_bytes(raw)
            self._own(ready[-1])
            if at is not None:
                os.utime(ready[-1], (at.timestamp(), at.timestamp()))
        return ready

    def show(self, ready: Sequence[Path]) -> int:
        """All at once: whoever reads along finds a backlog, and not a trickle."""
        for path in ready:
            path.rename(path.parent.parent / "new" / path.name)
        return len(ready)

    def deliver(self, raw: bytes, *recipients: str, sender: str = "") -> None:
        """Deliver by LMTP, as a mail server does: with Return-Path, Delivered-To and whoever is idling told."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=10) as client:
            for recipient in recipients:  # one at a time: smtplib does not read LMTP's answer for each of several
                client.sendmail(sender, [recipient], raw)

    def drop(self, address: str, *, mailbox: str = "") -> None:
        """Expunge everything from a mailbox, behind the server's back."""
        for place in ("new", "cur"):
            for path in (self._maildir(address, mailbox) / place).iterdir():
                path.unlink()

    def mails(self, address: str, mailbox: str = "") -> list[bytes]:
        """What lies in a mailbox, in the order in which it came."""
        maildir = self._maildir(address, mailbox)
        found = [path for place in ("new", "cur") for path in (maildir / place).iterdir()]
        return [path.read_bytes() for path in sorted(found, key=lambda path: path.name)]

    def flags(self, address: str, mailbox: str = "") -> list[str]:
        """The flags of a mailbox's mails in maildir's letters (S: seen), in the order in which they came."""
        names = sorted(path.name for place in ("new", "cur") for path in (self._maildir(address, mailbox) / place).iterdir())
        return [name.partition(":2,")[2] for name in names]

    def change_uidvalidity(self, address: str, mailbox: str = "INBOX") -> None:
        """The mailbox is made anew, as after a restore: the same mails under a new UIDVALIDITY, numbered from 1."""
        maildir = self._maildir(address, "" if mailbox == "INBOX" else mailbox)
        uidlist = maildir / "dovecot-uidlist"
        found = re.search(r"V(\d+)", uidlist.read_text().splitlines()[0]) if uidlist.exists() else None
        self.kick(address)
        for index in maildir.glob("dovecot.*"):
            index.unlink(missing_ok=True)
        guid = os.urandom(16).hex()
        uidlist.write_text(f"3 V{int(found.group(1)) + 1 if found else 1} N1 G{guid}\n")
        self._own(uidlist)

    def kick(self, address: str) -> None:
        """End all connections of a user; none is no error."""
        self._admin("kick", address, is_checked=False)

    def cut(self) -> None:
        """Break everybody's connections in the middle of whatever they do, without a word."""
        for pid in self._children():
            with suppress(OSError):
                if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0] == b"dovecot/imap":
                    os.kill(pid, signal.SIGKILL)

    def is_connected(self, address: str) -> bool:
        """Whether the user has a connection that is logged in."""
        return address in self._admin("who", "-1")

    # ---- inside ----------------------------------------------------------------------------------------------------------------

    def _write_config(self) -> None:
        user = self._user or pwd.getpwuid(os.geteuid()).pw_name
        group = _group_of(user)
        for name in ("run", "state", "mail", "users", "keys/default/HS256"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "keys/default/HS256/default").write_text(base64.b64encode(_TOKEN_KEY.encode()).decode())
        (self.folder / "oauth2.conf").write_text(
            f"introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={self.folder}/keys/\nusername_attribute = sub\n"
        )
        (self.folder / "dovecot.conf").write_text(
            _CONFIG.format(
                folder=self.folder, user=user, group=group, imap=self.port, imaps=self.tls_port, lmtp=self.lmtp_port,
                certificate=self.certificates.certificate, key=self.certificates.key,
            )
        )  # fmt: skip
        for path in (self.folder, *self.folder.rglob("*")):
            self._own(path)

    def _end(self, sent: signal.Signals) -> None:
        if self._process is None or not self._process.is_running:
            return
        children = self._children()
        if sent is signal.SIGKILL:
            self._process.kill()
        else:
            self._process.stop(sent)
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, sent)

    def _children(self) -> list[int]:
        assert self._process is not None
        pid = self._process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                return connection.recv(100).startswith(b"* OK")
        except OSError:
            return False

    def _admin(self, *words: str, is_checked: bool = True) -> str:
        done = subprocess.run(
            [self._doveadm, "-c", str(self.folder / "dovecot.conf"), *words], capture_output=True, text=True, timeout=20, check=False
        )
        if is_checked and done.returncode != 0:
            raise PeerError(f"doveadm {words[0]} failed: {done.stderr.strip()[-500:]}")
        return done.stdout

    def _home(self, address: str) -> Path:
        return self.folder / "mail" / address.lower()

    def _maildir(self, address: str, mailbox: str = "") -> Path:
        inbox = self._home(address) / "Maildir"
        return inbox / f".{_utf7(mailbox)}" if mailbox and mailbox != "INBOX" else inbox

    def _make(self, maildir: Path) -> None:
        for name in ("cur", "new", "tmp"):
            (maildir / name).mkdir(parents=True, exist_ok=True)
        for path in (maildir.parent, maildir, *maildir.iterdir()):
            self._own(path)

    def _own(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._uid, -1)


def _group_of(user: str) -> str:
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def _utf7(name: str) -> str:
    """A mailbox's name as IMAP and maildirs write it (RFC 3501, section 5.1.3)."""

    def encoded(found: re.Match[str]) -> str:
        text = base64.b64encode(found.group().encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
        return f"&{text}-"

    return re.sub(r"[^\x20-\x7e]+", encoded, name.replace("&", "&-"))
