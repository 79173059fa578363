"""The errors that we raise on purpose.

    FrontdeskError
    ├── BadInput             the peer sent what no retry can mend        web: 400
    │   ├── Forged           signature, token or origin is wrong          web: 401 / 403
    │   ├── TooLarge         over a size limit                            web: 413
    │   └── Faulty           several things at once are wrong with a form
    ├── NotFound             no such session, agent, site ...             web: 404
    ├── Forbidden            known, but not allowed                       web: 403
    ├── Conflict             somebody else was first                      web: 409
    │   ├── StaleSession     the session's version moved on: decide again
    │   ├── Repeat           this inbound event is on record already
    │   └── Fenced           the lane belongs to another worker now
    ├── Busy                 full: nothing was accepted, try again        web: 503 + Retry-After
    │   ├── InDoubt          the record's answer never came: read again, or repeat the very same write
    │   └── TooMany          this caller asks too often                   web: 429 + Retry-After
    ├── FetchFailed          a file that a customer sent can't be had
    └── SendError            a channel did not take a message
        ├── Rejected         certain: it will never take it
        ├── Shut             certain: not taken, and nothing will be until the customer writes again
        ├── TryLater         certain: not taken, may be later
        └── Uncertain        nobody knows: the answer never came

Edges translate: web into a status, turns into a handoff, delivery into a retry. Messages never hold a secret or a customer's text.
What is wrong with a configuration or a knowledge base is `config.problems.ConfigError`.
"""

from collections.abc import Mapping, Sequence


class FrontdeskError(Exception):
    """Anything that went wrong and has a name. `str()` is fit for an operator's eyes."""


class BadInput(FrontdeskError):
    """What the peer sent can't be understood. `code` is a stable word for clients, `expected` what would have been right."""

    def __init__(self, code: str, expected: str) -> None:
        super().__init__(f"{code}: {expected}")
        self.code = code
        self.expected = expected


class Forged(BadInput):
    """A signature, token or origin does not hold."""


class TooLarge(BadInput):
    """Over a size limit; `expected` names it."""


class Faulty(BadInput):
    """Several things are wrong: `problems` lists all of them as (key, what was expected), so that one look mends them.

    `codes`, where there are some, holds for each problem a stable word and the values that its words in other languages need.
    """

    def __init__(
        self, code: str, expected: str, problems: Sequence[tuple[str, str]], codes: Sequence[tuple[str, Mapping[str, str]]] = ()
    ) -> None:
        super().__init__(code, expected)
        self.problems = tuple(problems)
        self.codes = tuple(codes)


class NotFound(FrontdeskError):
    """There is no such thing."""


class Forbidden(FrontdeskError):
    """The caller is known, and may not."""


class Conflict(FrontdeskError):
    """The state does not allow it any more; reading again tells why.

    `code` is a stable word for clients, `params` the few values that their words for it need: names, states, never a customer's text.
    """

    code = "conflict"

    def __init__(self, message: str = "", *, code: str = "", **params: str) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.params = params


class StaleSession(Conflict):
    """The session's version is not the expected one: read it again and decide again."""

    code = "stale"


class Repeat(Conflict):
    """The inbound event is on record already; nothing was written."""


class Fenced(Conflict):
    """The lane's fencing token is an old one: another worker has taken the lane; nothing was written."""


class Busy(FrontdeskError):
    """A bounded place is full. Nothing was accepted; the sender should come again after `retry_after_s`."""

    def __init__(self, what: str, retry_after_s: float) -> None:
        super().__init__(f"{what} is full; try again in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class TooMany(Busy):
    """This caller is over its rate limit; `what` names what there were too many of."""

    def __init__(self, what: str, retry_after_s: float) -> None:
        super().__init__(what, retry_after_s)
        self.args = (f"too many {what}; try again in {retry_after_s:g} s",)


class InDoubt(Busy):
    """The connection or the disk failed while it was being told to keep a write: it may or may not be kept.

    Repeating the very same write is safe: versions and keys refuse what is there already. So is reading again and deciding anew.
    """

    def __init__(self, what: str, retry_after_s: float = 1.0) -> None:
        super().__init__(what, retry_after_s)
        self.args = (f"{what} did not answer in time; what was being written may or may not be kept",)


class FetchFailed(FrontdeskError):
    """The peer does not give the file. `code`: expired, gone (it knows no such file), too_large, unreachable (may go better later)."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class SendError(FrontdeskError):
    """A channel did not take a message. `code` is the vendor's, for people and for tables."""

    def __init__(self, reason: str, *, code: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.retry_after_s = retry_after_s


class Rejected(SendError):
    """It will never take it: a wrong address, a shut window, a blocked sender."""


class Shut(SendError):
    """Not taken, nor will anything be until the customer does something: the channel's window is shut, or its count is used up.

    `code` is one of out_of_window, out_of_count, unreachable (unfollowed, blocked).
    """


class TryLater(SendError):
    """Not taken now: rate limit, maintenance, no connection made. Safe to repeat.

    `is_general`: nothing at all is taken now (the peer is away, refuses our login), so nothing else need be tried for a while.
    """

    def __init__(self, reason: str, *, code: str = "", retry_after_s: float | None = None, is_general: bool = False) -> None:
        super().__init__(reason, code=code, retry_after_s=retry_after_s)
        self.is_general = is_general


class Uncertain(SendError):
    """The connection broke between our sending and its answer: it may or may not have been taken."""
