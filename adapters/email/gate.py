"""Whether a program wrote a mail."""

from collections.abc import Collection

from adapters.email.words import Mail


def why(mail: Mail, ours: Collection[str], forms: Collection[str]) -> str:
    """A stable word for why no program of ours may answer; "" where a person wrote.

    null_sender, auto_submitted, bulk, list, report, daemon, own, loop, suppressed, subject, noreply.
    """
    return "own" if mail.sender.address in ours and mail.sender.address not in forms else ""
