"""How reading goes, in numbers and words: for the doctor, for gauges, for the alarm."""

from datetime import datetime, timedelta

from msgspec import Struct


class Status(Struct, frozen=True, kw_only=True):
    """How the reading of a channel's mailboxes goes. All empty in a process that does not read: another one does, or none yet."""

    is_reading: bool = False
    """This process has the lease."""
    success_at: datetime | None = None
    """When the mailbox that is worst off was last read: seen to hold nothing new, or a batch of it taken. None: not yet."""
    trouble: str = ""
    """Why one can't be read just now: a code of ImapTrouble or LoginTrouble, `store` or `untaken`. "": all is well."""
    detail: str = ""
    """The server's own words."""
    behind_count: int = 0
    """Mails that are known, and not taken yet."""
    taken_count: int = 0
    left_out_count: int = 0
    """Mails that nobody could take and that were set aside: each has a line in the log, lies in its mailbox, and is tried again."""
    rescan_count: int = 0
    """How often a mailbox was found made anew (UIDVALIDITY), and read again by date."""
    is_alarm: bool = False
    """No success for `alarm_s`."""


class Tally:
    """What happens to one mailbox."""

    def __init__(self, mailbox: str, now: datetime) -> None:
        self.mailbox = mailbox
        self.begun_at = now
        self.success_at: datetime | None = None
        self.trouble = ""
        self.detail = ""
        self.behind_count = 0
        self.taken_count = 0
        self.left_out_count = 0
        self.rescan_count = 0
        self.success_count = 0

    def went_well(self, now: datetime) -> None:
        """It could be read just now."""
        self.success_at, self.trouble, self.detail = now, "", ""
        self.success_count += 1

    def went_wrong(self, trouble: str, detail: str = "") -> None:
        """It could not, and why."""
        self.trouble, self.detail = trouble, detail

    def silent_since(self) -> datetime:
        """When it was last read, or when we began to try."""
        return self.success_at or self.begun_at


def status_of(tallies: list[Tally], now: datetime, alarm_s: float) -> Status:
    """All mailboxes of a channel in one; trouble is that of the one that is worst off."""
    if not tallies:
        return Status()
    worst = min(tallies, key=lambda tally: (tally.silent_since(), not tally.trouble))
    troubled = worst if worst.trouble else next((tally for tally in tallies if tally.trouble), worst)
    return Status(
        is_reading=True,
        success_at=None if any(tally.success_at is None for tally in tallies) else worst.success_at,
        trouble=troubled.trouble,
        detail=troubled.detail,
        behind_count=sum(tally.behind_count for tally in tallies),
        taken_count=sum(tally.taken_count for tally in tallies),
        left_out_count=sum(tally.left_out_count for tally in tallies),
        rescan_count=sum(tally.rescan_count for tally in tallies),
        is_alarm=now - worst.silent_since() > timedelta(seconds=alarm_s),
    )
