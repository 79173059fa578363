"""What can go wrong with a mailbox, by name: the listener waits by it, the doctor words it."""

import re

from gateway.core.errors import FrontdeskError

DETAIL_MAX_CHARS = 200
LOGIN_CODES = frozenset({"login_refused", "unsafe_login", "no_login"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class ImapTrouble(FrontdeskError):
    """`code`, a stable word:

    - `unreachable`: no connection; `tls`: its certificate or its encryption; `no_starttls`: it offers no encryption; `odd_server`: it does
      not speak IMAP; `bye`: it sent us away; `busy`: it asks to come later, or has too many connections of ours;
    - `login_refused`: a wrong user, password or token; `unsafe_login`: it wants to know our program first, or allows none; `no_login`: it
      offers no way to log in that we know;
    - `no_mailbox`: there is none of this name (`detail` lists those that there are); `refused`: a command was answered by NO or BAD;
    - `lost`: the line broke; `silent`: no answer in time; `too_much`: an answer beyond all limits; `no_idle`: it can't tell of new mail.

    `detail` is the server's own words, cut and cleaned: for operators.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail

    @property
    def is_login(self) -> bool:
        """Trying again soon would only get the account locked."""
        return self.code in LOGIN_CODES


def words(line: bytes) -> str:
    """A server's words, fit for a log and for a page."""
    return _CONTROL.sub(" ", line[: 4 * DETAIL_MAX_CHARS].decode("utf-8", "replace")).strip()[:DETAIL_MAX_CHARS]
