"""An Asterisk, scripted: its REST interface with the socket of events, `chan_websocket`, and `chan_audiosocket`, with callers and phones.

It is a peer: it imports nothing of ours, and keeps the rules that the real one enforces (channels/chan_websocket.c, res/res_stasis.c,
res/ari/resource_*.c, res/res_audiosocket.c of Asterisk 22 and master, read November 2026; nothing here was tried against a real one):

- HTTP Basic, 401 without; 404 for what is not there; 409 for a channel outside the application, an id that is taken, a second socket for
  one connection; 422 for a channel that may not go into a bridge; 412 for what can't be done before an answer; 500 ("Allocation failed")
  for a phone that is not there;
- the application is there as long as its socket is: without it `Stasis()` fails and the call goes on in the dialplan; a second socket
  replaces the first; events of a time without a socket are lost, channels stay;
- a media channel enters the application when its socket comes, and goes into a bridge only then;
- 20 ms a frame, kept by `Pace`, which a test moves; the queue says MEDIA_XOFF at 900 frames and MEDIA_XON below 800, and drops what comes
  above 1,000; marks stand in the queue; FLUSH_MEDIA empties it, marks and all; text above 128 bytes is passed over.
"""

from tests.peers.asterisk.exchange import Exchange, Refusal
from tests.peers.asterisk.pace import Pace
from tests.peers.asterisk.people import Caller, Phone
from tests.peers.asterisk.server import AsteriskServer

__all__ = ["AsteriskServer", "Caller", "Exchange", "Pace", "Phone", "Refusal"]
