"""Where we are in a mailbox is written by one hand: who has been overtaken moves nothing back."""

import pytest
from msgspec import structs

from adapters.email.imap.places import Overtaken, Place, Places
from gateway.core.ids import ChannelName
from tests.unit.adapters.kf_means import MemoryNotebook

PLACE = Place(account="support@imap.example.com", uidvalidity=7, last_uid=10, newest_s=1.0, count=3)


async def test_a_place_that_is_newer_is_not_written_over() -> None:
    places = Places(ChannelName("mail"), MemoryNotebook())
    await places.write("INBOX", PLACE)
    await places.write("INBOX", PLACE)  # its answer never came: said again
    ahead = structs.replace(PLACE, last_uid=40, count=4)
    await places.write("INBOX", ahead)
    for stale in (PLACE, structs.replace(PLACE, last_uid=30, count=4)):
        with pytest.raises(Overtaken):
            await places.write("INBOX", stale)
    assert await places.read("INBOX") == ahead
    assert await places.read("Archive") is None


async def test_a_place_that_cannot_be_read_is_none() -> None:
    notebook = MemoryNotebook()
    places = Places(ChannelName("mail"), notebook)
    await places.write("INBOX", PLACE)
    for page in notebook.pages:
        notebook.pages[page] = "{half"
    assert await places.read("INBOX") is None
