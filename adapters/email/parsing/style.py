"""Styles of a mail's page: what says how text looks stays; what reaches out, covers up or moves goes. An allow-list, linear."""

import re

PROPERTIES = frozenset(
    (
        *("color", "background-color", "background", "font", "font-family", "font-size", "font-style", "font-weight", "font-variant"),
        *(
            "line-height",
            "letter-spacing",
            "word-spacing",
            "text-align",
            "text-decoration",
            "text-indent",
            "text-transform",
            "vertical-align",
        ),
        *("white-space", "word-break", "word-wrap", "overflow-wrap", "direction", "display", "width", "max-width", "min-width", "height"),
        *("max-height", "min-height", "table-layout", "border-collapse", "border-spacing", "caption-side", "empty-cells", "list-style"),
        *("list-style-type", "float", "clear", "box-sizing", "text-align-last", "text-decoration-line", "text-decoration-color"),
        *(f"{box}{side}" for box in ("margin", "padding") for side in ("", "-top", "-right", "-bottom", "-left")),
        *(f"border{side}{of}" for side in ("", "-top", "-right", "-bottom", "-left") for of in ("", "-color", "-style", "-width")),
        *("border-radius", "border-top-left-radius", "border-top-right-radius", "border-bottom-left-radius", "border-bottom-right-radius"),
    )
)
STYLE_MAX_CHARS = 2_000
_FUNCTION = re.compile(r"\b(?:rgba?|hsla?)\([\d\s.,%/]{1,60}\)", re.IGNORECASE)
_FIT = re.compile(r"[\w\s#%.,!'\"/+-]*+")
_NEGATIVE = re.compile(r"-\s*\d")
_FAR = re.compile(r"\d{5}")


def fit(style: str) -> str:
    """The declarations of an inline style that may stay; "" where there are none."""
    kept = []
    for declaration in style[:STYLE_MAX_CHARS].split(";"):
        name, colon, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if colon and name in PROPERTIES and _is_fit(name, value):
            kept.append(f"{name}: {value}")
    return "; ".join(kept)


def _is_fit(name: str, value: str) -> bool:
    """No addresses, no functions but colours, nothing that is put outside of its place."""
    plain = _FUNCTION.sub("", value)
    if not _FIT.fullmatch(plain) or value.count("'") % 2 or value.count('"') % 2:
        return False
    if name.startswith(("margin", "text-indent", "letter", "word-s")) and _NEGATIVE.search(value):
        return False
    return not _FAR.search(plain.replace("#", "")) or "color" in name or name == "background"
