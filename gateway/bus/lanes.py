"""Which lane a conversation runs in."""

from zlib import crc32

from gateway.core.ids import ChannelName, Lane, Thread


def lane_of(channel: ChannelName, thread: Thread, lane_count: int) -> Lane:
    """The lane of a thread: always the same for the same number of lanes, on every machine and in every version."""
    return Lane(crc32(f"{channel}/{thread}".encode()) % lane_count)
