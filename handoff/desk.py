"""The agents' service: everything that a desk can ask for and do, whatever page or program it is.

It checks who asks, and says in its errors what to do now: Forbidden and Conflict are meant to be shown. It holds no state but a few
remembered heartbeats, so any number of processes may have one.
"""

from handoff.administration import Administration
from handoff.callbacks import Callbacks
from handoff.canned import CannedReplies
from handoff.identities import Identities
from handoff.timetables import Timetables


class Desk(Administration, Timetables, Identities, Callbacks, CannedReplies):
    """Accounts and presence; accepting, speaking, passing on, ending; where a channel is shut; calling; reading; cases; canned replies."""
