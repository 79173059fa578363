"""Rates: how much at once, how soon again, and never more memory than said."""

import pytest

from config.schema import WebChat
from gateway.core.errors import TooMany
from gateway.web.limits import Buckets, SiteLimits


def test_a_burst_goes_through_and_then_one_at_a_time() -> None:
    buckets = Buckets(3, 30)
    assert [buckets.take("a", 100) for _ in range(4)] == [0, 0, 0, 10]
    assert buckets.take("a", 109.9) > 0
    assert buckets.take("a", 110) == 0
    assert buckets.take("a", 110) == 10


def test_what_was_refused_costs_nothing() -> None:
    buckets = Buckets(1, 10)
    buckets.take("a", 0)
    for _ in range(50):
        buckets.take("a", 5)
    assert buckets.take("a", 10) == 0


def test_everybody_has_a_bucket_of_their_own() -> None:
    buckets = Buckets(1, 10)
    assert (buckets.take("a", 0), buckets.take("b", 0), buckets.take("a", 0)) == (0, 0, 10)


def test_a_thing_may_cost_more_than_one() -> None:
    buckets = Buckets(100, 100)
    assert buckets.take("a", 0, cost=90) == 0
    assert buckets.take("a", 0, cost=20) == pytest.approx(10)


def test_the_least_recently_seen_is_forgotten() -> None:
    buckets = Buckets(1, 10, keys_max_count=2)
    for key in ("a", "b", "a", "c"):
        buckets.take(key, 0)
    assert len(buckets) == 2
    assert buckets.take("b", 0) == 0, "b was forgotten"
    assert buckets.take("c", 0) > 0, "c was not"


def test_an_address_may_do_five_times_what_a_visitor_may() -> None:
    limits = SiteLimits(WebChat(messages_per_10s=2))
    for number in range(10):
        limits.message(f"v{number}", "address", 0)
    with pytest.raises(TooMany) as refused:
        limits.message("v99", "address", 0)
    assert refused.value.retry_after_s == 1
    limits.message("v99", "another address", 0)


def test_small_frames_and_forms_have_rates_of_their_own() -> None:
    limits = SiteLimits(WebChat(messages_per_10s=1000))
    for _ in range(40):
        limits.frame("v1", "a", 0)
    with pytest.raises(TooMany, match="frames"):
        limits.frame("v1", "a", 0)
    for _ in range(20):
        limits.form("v1", "a", 0)
    with pytest.raises(TooMany, match="forms"):
        limits.form("v1", "a", 0)
    limits.frame("v2", "a", 0)
    limits.form("v2", "a", 0)
