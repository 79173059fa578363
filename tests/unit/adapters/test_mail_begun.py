"""A thread that we have begun: whom we wrote to is its customer, and nobody else."""

from adapters.email.threads import Threads
from adapters.email.tokens import Tokens
from gateway.core.ids import Thread
from tests.fakes import START
from tests.unit.adapters.mail_means import NAME, SECRET, SUPPORT, Mailroom, mail

TOKENS = Tokens(SECRET, NAME, SUPPORT)
THREAD = Thread("abcdef0123456789")


async def test_whom_we_wrote_to_answers_in_the_thread_and_a_stranger_beside_it() -> None:
    room = Mailroom()
    threads = Threads(NAME, room.marks, TOKENS)
    await threads.begin(THREAD, "customer@example.net", START)
    await threads.begin(THREAD, "other@example.org", START)
    ours = TOKENS.message_id("OUT1", THREAD)
    (reply,) = await room.take(mail(In_Reply_To=ours))
    (stranger, *_) = await room.take(mail(mid="two@example.net", sender="Other <other@example.org>", In_Reply_To=ours))
    assert (reply.thread, reply.beside) == (THREAD, None)
    assert (stranger.thread != THREAD, stranger.beside) == (True, THREAD)
