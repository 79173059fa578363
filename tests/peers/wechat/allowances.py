"""How much an account may still send to one user: what each of the user's deeds allows, and what a message costs. Pure.

Two purses: what the user said, and what they touched. A new deed fills its purse anew; the one that ends first is spent first.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.peers.wechat import rules


@dataclass
class Purse:
    left: int = 0
    until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        return self.until is not None and now < self.until


@dataclass
class Allowances:
    said: Purse = field(default_factory=Purse)
    touched: Purse = field(default_factory=Purse)

    def say(self, now: datetime) -> None:
        self.said = Purse(rules.SAID_COUNT, now + timedelta(seconds=rules.SAID_S))

    def touch(self, now: datetime) -> None:
        self.touched = Purse(rules.TOUCHED_COUNT, now + timedelta(seconds=rules.TOUCHED_S))

    def end(self) -> None:
        """The user has gone."""
        self.said, self.touched = Purse(), Purse()

    def spend(self, now: datetime) -> int:
        """Take one; 0, or why not: 45015 out of time, 45047 out of count."""
        standing = [purse for purse in (self.said, self.touched) if purse.is_open(now)]
        if not standing:
            return 45015
        full = [purse for purse in standing if purse.left > 0]
        if not full:
            return 45047
        min(full, key=lambda purse: purse.until or now).left -= 1
        return 0

    def left(self, now: datetime) -> int:
        return sum(purse.left for purse in (self.said, self.touched) if purse.is_open(now))

    def until(self, now: datetime) -> datetime | None:
        """When the last of what is left ends."""
        return max((purse.until for purse in (self.said, self.touched) if purse.until and purse.is_open(now) and purse.left), default=None)
