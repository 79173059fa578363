"""When a queue has people."""

from datetime import UTC, datetime
from typing import Any

import pytest

from config.schema import Hours
from gateway.core.errors import Faulty
from handoff.hours import WEEKDAYS, Calendar, check_hours, due_at, parse_span, problems_of, understood

CLOSED: dict[str, Any] = dict.fromkeys(WEEKDAYS, ())


def only(**fields: Any) -> Calendar:
    """A calendar that is open at these times only."""
    return Calendar(Hours(**(CLOSED | fields)))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "is_open"),
    [("2026-11-02T00:59:59", False), ("2026-11-02T01:00:00", True), ("2026-11-02T09:59:59", True), ("2026-11-02T10:00:00", False)],
)
def test_nine_to_six_in_shanghai_is_one_to_ten_in_utc(now: str, is_open: bool) -> None:
    assert only(monday=("09:00-18:00",)).is_open(utc(now)) is is_open


def test_a_lunch_break_closes_between_two_spans() -> None:
    calendar = only(monday=("13:00-18:00", "09:00-12:00"))
    assert not calendar.is_open(utc("2026-11-02T04:30:00"))
    opens = calendar.next_open(utc("2026-11-02T04:30:00"))
    assert opens is not None
    assert opens.isoformat() == "2026-11-02T13:00:00+08:00"


def test_a_night_shift_goes_on_into_the_next_day() -> None:
    calendar = only(friday=("22:00-06:00",))
    assert calendar.is_open(utc("2026-11-06T21:59:00"))  # Saturday 05:59 in Shanghai
    assert not calendar.is_open(utc("2026-11-06T22:00:00"))


def test_a_holiday_stops_spans_from_beginning_but_not_last_nights_from_ending() -> None:
    calendar = only(thursday=("22:00-06:00",), friday=("08:00-18:00",), closed=("2026-11-06",))
    assert calendar.is_open(utc("2026-11-05T21:00:00"))  # Friday 05:00
    assert not calendar.is_open(utc("2026-11-06T02:00:00"))  # Friday 10:00


def test_a_working_weekend_has_hours_of_its_own() -> None:
    calendar = Calendar(Hours(open={"2026-11-07": ("10:00-12:00",)}))
    assert calendar.is_open(utc("2026-11-07T03:00:00"))
    assert not calendar.is_open(utc("2026-11-14T03:00:00"))


def test_after_friday_evening_it_opens_on_monday_morning() -> None:
    opens = Calendar(Hours()).next_open(utc("2026-11-06T12:00:00"))
    assert opens is not None
    assert opens.isoformat() == "2026-11-09T09:00:00+08:00"


def test_while_open_the_next_opening_is_now() -> None:
    opens = Calendar(Hours()).next_open(utc("2026-11-02T03:00:00"))
    assert opens is not None
    assert opens.isoformat() == "2026-11-02T11:00:00+08:00"


def test_a_calendar_without_hours_never_opens() -> None:
    assert only().next_open(utc("2026-11-02T03:00:00")) is None


def test_all_day_every_day_never_closes_at_midnight() -> None:
    calendar = only(**dict.fromkeys(WEEKDAYS, ("00:00-24:00",)))
    assert calendar.is_open(utc("2026-11-02T15:59:59"))
    assert calendar.is_open(utc("2026-11-02T16:00:00"))


def test_summer_time_moves_the_opening_in_utc() -> None:
    calendar = Calendar(Hours(timezone="Europe/Berlin", sunday=("09:00-18:00",)))
    assert not calendar.is_open(utc("2026-03-22T07:30:00"))
    assert calendar.is_open(utc("2026-03-29T07:30:00"))  # the clocks went forward that night


@pytest.mark.parametrize("text", ["9:00-18:00", "09:00", "09:00-18:60", "24:00-25:00", "09:00-09:00", "09:00–18:00", ""])
def test_a_span_that_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_span(text)


def test_every_mistake_in_the_hours_is_listed_at_once() -> None:
    hours = Hours(
        timezone="Mars/Olympus", monday=("9-5",), tuesday=("09:00-12:00", "11:00-13:00"), closed=("2026-13-01", "2026-11-07"),
        open={"2026-11-07": ("10:00-12:00",), "tomorrow": ("1",)},
    )  # fmt: skip
    assert [str(problem) for problem in check_hours("shop", hours)] == [
        "[hours.shop] timezone: expected a timezone such as Asia/Shanghai, got 'Mars/Olympus'",
        "[hours.shop] monday: expected HH:MM-HH:MM, got '9-5'",
        "[hours.shop] tuesday: spans overlap: 09:00-12:00, 11:00-13:00",
        "[hours.shop] closed: expected a date such as 2026-10-01, got '2026-13-01'",
        "[hours.shop] closed: 2026-11-07 is in `open` too: keep one",
        "[hours.shop] open: expected a date such as 2026-10-01, got 'tomorrow'",
        "[hours.shop] open.tomorrow: expected HH:MM-HH:MM, got '1'",
    ]


def test_good_hours_have_no_problems() -> None:
    assert check_hours("shop", Hours(closed=("2026-10-01",), open={"2026-10-10": ("09:00-12:00", "22:00-02:00")})) == []


def test_a_path_is_no_timezone() -> None:
    assert len(check_hours("shop", Hours(timezone="../../etc/passwd"))) == 1


# ---- when it closes ---------------------------------------------------------------------------------------------------------------


def closes(calendar: Calendar, now: str) -> str | None:
    at = calendar.closes_at(utc(now))
    return None if at is None else at.isoformat()


def test_it_closes_at_the_end_of_the_span_that_is_running() -> None:
    calendar = only(monday=("13:00-18:00", "09:00-12:00"))
    assert closes(calendar, "2026-11-02T01:00:00") == "2026-11-02T12:00:00+08:00"
    assert closes(calendar, "2026-11-02T05:00:00") == "2026-11-02T18:00:00+08:00"


def test_while_it_is_closed_it_does_not_close() -> None:
    calendar = only(monday=("09:00-18:00",))
    assert closes(calendar, "2026-11-02T00:59:59") is None
    assert closes(calendar, "2026-11-02T10:00:00") is None
    assert closes(only(), "2026-11-02T10:00:00") is None


def test_a_night_shift_closes_in_the_morning() -> None:
    calendar = only(friday=("22:00-06:00",))
    assert closes(calendar, "2026-11-06T15:00:00") == "2026-11-07T06:00:00+08:00"
    assert closes(calendar, "2026-11-06T21:59:59") == "2026-11-07T06:00:00+08:00"


def test_spans_that_follow_each_other_over_midnight_are_one() -> None:
    calendar = only(friday=("20:00-24:00",), saturday=("00:00-04:00", "03:00-05:00"))
    assert closes(calendar, "2026-11-06T13:00:00") == "2026-11-07T05:00:00+08:00"


def test_a_holiday_tomorrow_does_not_shorten_tonight() -> None:
    calendar = only(thursday=("22:00-06:00",), friday=("06:00-18:00",), closed=("2026-11-06",))
    assert closes(calendar, "2026-11-05T15:00:00") == "2026-11-06T06:00:00+08:00"


def test_what_is_open_around_the_clock_never_closes_but_before_a_holiday() -> None:
    always = dict.fromkeys(WEEKDAYS, ("00:00-24:00",))
    assert closes(only(**always), "2026-11-02T03:00:00") is None
    assert closes(only(**always, closed=("2026-11-05",)), "2026-11-02T03:00:00") == "2026-11-05T00:00:00+08:00"
    assert closes(only(**always, closed=("2027-11-05",)), "2026-11-02T03:00:00") is None


def test_the_only_opening_there_is_closes_too() -> None:
    assert closes(only(open={"2026-11-02": ("09:00-12:00",)}), "2026-11-02T03:00:00") == "2026-11-02T12:00:00+08:00"


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-03-28T21:30:00", "2026-03-29T06:00:00+02:00"),  # the night that loses an hour
        ("2026-10-24T20:30:00", "2026-10-25T06:00:00+01:00"),  # the night that has one twice
    ],
)
def test_a_night_shift_ends_by_the_wall_clock_when_summer_time_begins_or_ends(now: str, end: str) -> None:
    calendar = Calendar(Hours(timezone="Europe/Berlin", saturday=("22:00-06:00",)))
    assert calendar.is_open(utc(now))
    assert closes(calendar, now) == end


def test_a_day_and_a_night_stay_open_through_the_hour_that_comes_twice() -> None:
    always = Calendar(Hours(timezone="Europe/Berlin", saturday=("00:00-24:00",), sunday=("00:00-24:00",)))
    moments = [f"2026-10-24T{hour:02}:30:00" for hour in range(24)] + [f"2026-10-25T{hour:02}:30:00" for hour in range(23)]
    assert {closes(always, moment) for moment in moments} == {"2026-10-26T00:00:00+01:00"}


# ---- from the desk ----------------------------------------------------------------------------------------------------------------


def test_what_is_not_given_is_as_in_a_file_that_does_not_say_it() -> None:
    assert understood({"sunday": ["10:00-12:00"]}) == Hours(sunday=("10:00-12:00",))


def test_long_lists_are_refused_and_what_is_wrong_is_told_shortly() -> None:
    with pytest.raises(Faulty) as told:
        understood({
            "monday": [f"{hour:02}:00-{hour:02}:30" for hour in range(13)], "closed": ["2026-01-01"] * 1_001, "friday": ["x" * 100_000],
            "y" * 100_000: 1,
        })  # fmt: skip
    assert dict(told.value.problems) == {
        "y" * 40: "unknown: expected one of timezone, monday, tuesday, wednesday, thursday, friday, saturday, sunday, closed, open",
        "monday": "expected at most 12 spans, got 13",
        "closed": "expected at most 1000 dates, got 1001",
        "friday": f"expected HH:MM-HH:MM, got {'x' * 40!r}",
    }


def test_only_so_many_problems_are_told() -> None:
    with pytest.raises(Faulty) as told:
        understood({"closed": ["never"] * 900})
    assert len(told.value.problems) == 100


@pytest.mark.parametrize("written", ["20261001", "2026-W40-4", "２０２６-10-01"])
def test_a_day_is_written_in_one_way_so_that_none_is_there_twice(written: str) -> None:
    assert [key for key, _ in problems_of(Hours(open={"2026-10-01": (), written: ()}))] == ["open"]


def test_times_are_written_in_the_digits_that_every_page_reads() -> None:
    assert [key for key, _ in problems_of(Hours(monday=("٠٩:٠٠-١٨:٠٠",)))] == ["monday"]


FOUR_HOURS = 4 * 3600


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-11-02T02:00:00", "2026-11-02T14:00:00+08:00"),  # a Monday at ten: four hours later
        ("2026-11-02T08:00:00", "2026-11-03T11:00:00+08:00"),  # at four: two hours today, two tomorrow
        ("2026-11-02T06:00:00", "2026-11-02T18:00:00+08:00"),  # until the last minute
        ("2026-11-06T12:00:00", "2026-11-09T13:00:00+08:00"),  # Friday night: nothing counts before Monday
    ],
)
def test_a_promise_counts_opening_hours_alone(start: str, due: str) -> None:
    moment = due_at(Calendar(Hours()), utc(start), FOUR_HOURS)
    assert moment is not None
    assert moment.isoformat() == due


def test_a_promise_passes_over_holidays_and_counts_working_weekends() -> None:
    calendar = Calendar(Hours(closed=("2026-10-01", "2026-10-02"), open={"2026-10-04": ("10:00-12:00",)}))
    moment = due_at(calendar, utc("2026-09-30T09:00:00"), FOUR_HOURS)
    assert moment is not None
    assert moment.isoformat() == "2026-10-05T10:00:00+08:00", "one hour on Wednesday, two on Sunday, one on Monday"


@pytest.mark.parametrize(
    ("night", "due"),
    [("2026-03-28T20:00:00", "2026-03-29T07:00:00+02:00"), ("2026-10-24T20:00:00", "2026-10-25T05:00:00+01:00")],
)
def test_an_hour_that_summer_time_takes_or_gives_is_not_miscounted(night: str, due: str) -> None:
    calendar = only(timezone="Europe/Berlin", saturday=("22:00-06:00",), sunday=("06:00-12:00",))
    moment = due_at(calendar, utc(night), 8 * 3600)
    assert moment is not None
    assert moment.isoformat() == due


def test_spans_of_two_days_that_overlap_are_counted_once() -> None:
    calendar = only(monday=("20:00-04:00",), tuesday=("02:00-10:00",))
    moment = due_at(calendar, utc("2026-11-02T12:00:00"), 10 * 3600)
    assert moment is not None
    assert moment.isoformat() == "2026-11-03T06:00:00+08:00"


def test_without_hours_all_time_counts_and_what_never_opens_is_never_due() -> None:
    assert due_at(None, utc("2026-11-01T23:00:00"), FOUR_HOURS) == utc("2026-11-02T03:00:00")
    assert due_at(only(), utc("2026-11-01T23:00:00"), FOUR_HOURS) is None
