"""The design tokens' colours can be read by people with weak eyes (WCAG 2.2, 1.4.3 and 1.4.11), in light and in dark."""

import re

import pytest

from gateway.web.pages import Pages

TEXT_MIN_RATIO = 4.5
LINE_MIN_RATIO = 3.0
GROUNDS = ("surface", "canvas", "raised", "hover", "accent-soft")
PAIRS = [
    *[("text", ground) for ground in GROUNDS],
    *[("muted", ground) for ground in GROUNDS],
    *[("accent-text", ground) for ground in GROUNDS],
    *[(f"{tone}", ground) for tone in ("good", "warn", "bad") for ground in ("surface", "canvas", f"{tone}-soft")],
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
]


def colours(scheme: str) -> dict[str, str]:
    css = Pages().shared["tokens.js"].body.decode()
    light, dark = css.split("prefers-color-scheme: dark", 1)
    found = dict(re.findall(r"--fd-([\w-]+): (#[0-9a-f]{6});", light))
    return found if scheme == "light" else {**found, **dict(re.findall(r"--fd-([\w-]+): (#[0-9a-f]{6});", dark))}


def ratio(one: str, other: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_every_ground(scheme: str) -> None:
    palette = colours(scheme)
    weak = {pair: round(ratio(palette[pair[0]], palette[pair[1]]), 2) for pair in PAIRS}
    assert {pair: found for pair, found in weak.items() if found < TEXT_MIN_RATIO} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_edge_of_a_field_can_be_seen(scheme: str) -> None:
    palette = colours(scheme)
    assert ratio(palette["line-strong"], palette["surface"]) >= LINE_MIN_RATIO
    assert ratio(palette["line-strong"], palette["canvas"]) >= LINE_MIN_RATIO


def test_black_on_white_is_21() -> None:
    assert round(ratio("#000000", "#ffffff"), 1) == 21.0
