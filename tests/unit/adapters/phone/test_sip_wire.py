"""What offers of sound say, as the stack's trace has them."""

import asyncio
import logging

import pytest

from adapters.phone.sip.wire import TRACE, Offer, Sources, Wire, offer_of


def traced(
    *rows: str, way: str = "RX UDP 10.0.0.2:5060 -> 10.0.0.5:5060", method: str = "INVITE", call_id: str = "Call-ID: c1@10.0.0.2"
) -> str:
    head = (f"{method} sip:frontdesk@10.0.0.5 SIP/2.0", "Via: SIP/2.0/UDP 10.0.0.2", call_id, "Content-Type: application/sdp")
    return f"{way}\n" + "\r\n".join(head) + "\r\n\r\n" + "\r\n".join(rows)


NOWHERE, HERE = Offer("c1@10.0.0.2", "10.0.0.2", is_nowhere=True), Offer("c1@10.0.0.2", "10.0.0.2", is_nowhere=False)
SAYS_NOTHING = Offer("c1@10.0.0.2", "10.0.0.2", is_nowhere=None)


@pytest.mark.parametrize(
    ("message", "offer"),
    [
        (traced("v=0", "c=IN IP4 0.0.0.0", "m=audio 4000 RTP/AVP 8"), NOWHERE),
        (traced("v=0", "c=IN IP4 10.0.0.2", "m=audio 4000 RTP/AVP 8"), HERE),
        (traced("v=0", "c=IN IP4 10.0.0.2", "m=audio 4000 RTP/AVP 8", "c=IN IP4 0.0.0.0"), NOWHERE),
        (traced("v=0", "c=IN IP4 0.0.0.0", "m=audio 4000 RTP/AVP 8", "c=IN IP4 10.0.0.2/127"), HERE),
        (traced("v=0", "c=IN IP4 10.0.0.2", "m=audio 4000 RTP/AVP 8", "m=video 0 RTP/AVP 96", "c=IN IP4 0.0.0.0"), HERE),
        (traced("c=IN IP6 ::", method="UPDATE"), NOWHERE),
        (traced("c=IN IP4 0.0.0.0", call_id="i :c1@10.0.0.2"), NOWHERE),
        (traced("c=IN IP4 0.0.0.0", way="TX UDP 10.0.0.5:5060 -> 10.0.0.2:5060"), None),
        (traced("c=IN IP4 0.0.0.0", method="BYE"), None),
        (traced("c=IN IP4 0.0.0.0", call_id="X: y"), None),
        (traced("c="), SAYS_NOTHING),
        (traced(), SAYS_NOTHING),
        (traced(way="RX TLS [2001:DB8::2]:5061 -> [2001:db8::5]:5061"), Offer("c1@10.0.0.2", "2001:db8::2", is_nowhere=None)),
        (traced(way="RX UDP"), Offer("c1@10.0.0.2", "", is_nowhere=None)),
        ("RX UDP\nINVITE ", None),
        ("", None),
    ],
)
def test_an_offer_says_where_the_sound_is_wanted(message: str, offer: Offer | None) -> None:
    assert offer_of(message) == offer


def test_the_trace_is_heard_by_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger(TRACE)
    before = (logger.handlers[:], logger.propagate, logger.level)
    offers: list[Offer] = []
    try:
        Wire(offers.append).attach()
        logger.debug("%s", traced("c=IN IP4 0.0.0.0"))
    finally:
        logger.handlers[:], logger.propagate, logger.level = before
    assert (offers, caplog.text) == ([NOWHERE], "")


async def test_where_a_call_comes_from_is_told_whichever_comes_first_and_not_for_ever() -> None:
    sources = Sources()
    sources.take(HERE)
    assert await sources.of("c1@10.0.0.2") == "10.0.0.2"
    waiting = asyncio.create_task(sources.of("c1@10.0.0.2"))
    await asyncio.sleep(0)
    sources.take(HERE)
    assert await waiting == "10.0.0.2"
    assert await sources.of("c1@10.0.0.2", 0.0) == ""
    for number in range(5_000):
        sources.take(Offer(f"c{number}", "10.0.0.2", is_nowhere=None))
    assert await sources.of("c0", 0.0) == ""
    assert await sources.of("c4999", 0.0) == "10.0.0.2"
