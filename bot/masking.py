"""Customers' words with what could name them taken out: for showing examples to people who tend the knowledge base."""

import re

from gateway.core.expressions import expression

_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (expression(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"), "<email>"),
    (expression(r"https?://[^\s<>\"，。；！？、]{1,2000}", re.IGNORECASE), "<link>"),
    (expression(r"(?<![A-Za-z0-9])(?=(?:[A-Za-z-]{0,12}\d){4})(?=[\d-]{0,12}[A-Za-z])[A-Za-z0-9-]{7,40}(?![A-Za-z0-9])"), "<number>"),
    (expression(r"(?<!\w)\+?\(?\d(?:[ ().-]{0,2}\d){5,24}"), "<number>"),
    (expression(r"\d(?:[ -]?\d){5,24}[Xx]?"), "<number>"),
    (expression(r"(?<=我叫)[\u4e00-\u9fff]{2,4}(?=[，。,.\s]|$)"), "<name>"),
    (expression(r"(?:(?<=[Mm]y name is )|(?<=[Tt]his is ))[A-Z][a-z]{1,20}(?: [A-Z][a-z]{1,20}){0,2}"), "<name>"),
)
"""Each is linear: every loop has a bound."""


def masked(text: str) -> str:
    """The text with email addresses, links, phone, card and order numbers, and stated names masked, on one line."""
    flat = " ".join(text.split())
    for pattern, mask in _MASKS:
        flat = pattern.sub(mask, flat)
    return flat
