"""How long a peer asks us to wait: whatever it writes there, it is read."""

from datetime import UTC, datetime

import pytest

from adapters.shared.answers import WAIT_MAX_S, wait_s

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("7", 7.0),
        ("Mon, 02 Nov 2026 09:31:00 GMT", 60.0),
        ("Mon, 02 Nov 2026 09:29:00 GMT", 0.0),
        ("Mon, 02 Nov 2099 09:31:00 GMT", WAIT_MAX_S),
        ("Mon, 02 Nov 99999999999 09:31:00 GMT", None),
        ("Mon, 02 Nov 2026 09:31:00 +99999999999999", None),
        ("soon", None),
        (None, None),
    ],
)
def test_whatever_a_peer_says_of_waiting_is_a_time_or_nothing(said: str | None, expected: float | None) -> None:
    assert wait_s(said, NOW) == expected
