"""The addresses of a cluster's other nodes."""

import pytest

from gateway.bus.redis_nodes import address_in


@pytest.mark.parametrize(
    ("url", "host", "address"),
    [
        ("redis://cache:6379/0", "10.0.0.2", "redis://10.0.0.2:7001/0"),
        ("rediss://ann:s3%40cret@cache:6379/0?ssl_ca_certs=ca.pem", "b.cache", "rediss://ann:s3%40cret@b.cache:7001/0?ssl_ca_certs=ca.pem"),
        ("redis://:secret@cache", "fd00::2", "redis://:secret@[fd00::2]:7001"),
        ("unix:///run/redis.sock", "10.0.0.2", "redis://10.0.0.2:7001"),
    ],
)
def test_another_node_is_reached_as_the_first_one_but_for_its_address(url: str, host: str, address: str) -> None:
    assert address_in(url, host, 7001) == address
