"""A style sheet that is loaded later changes nothing that was there before."""

import re
from pathlib import Path

STATIC = Path(__file__).parents[3] / "handoff" / "static"
SHARED = {"button", "chip", "quiet", "code", "wrong"}
"""What every part of the page is made of."""


def named_in(scripts: list[Path]) -> set[str]:
    """The classes that these scripts give to elements."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in scripts)
    return set(re.findall(r"[\w-]+", " ".join(re.findall(r'class: ?["`]([^"`]*)["`]', sources))))


def styled_anywhere(sheet: Path) -> set[str]:
    """The classes that a sheet's selectors begin with: they are meant wherever they stand."""
    css = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    selectors = [selector.strip() for group in re.findall(r"([^{}]+)\{", css) for selector in group.split(",")]
    return {found[1] for selector in selectors if (found := re.match(r"\.([\w-]+)(?=$|[ :\[])", selector))}


def test_the_admin_pages_restyle_nothing_of_the_desk() -> None:
    desk = [path for path in STATIC.rglob("*.js") if path.parent.name not in {"admin", "knowledge"}]
    assert styled_anywhere(STATIC / "admin" / "admin.css") & named_in(desk) - SHARED == set()


def test_the_right_pane_restyles_nothing_beside_it() -> None:
    others = [path for path in STATIC.rglob("*.js") if path.parent.name not in {"admin", "about", "knowledge"} and path.name != "about.js"]
    assert styled_anywhere(STATIC / "about" / "about.css") & named_in(others) - SHARED == set()


def test_the_knowledge_page_restyles_nothing_beside_it() -> None:
    others = [path for path in STATIC.rglob("*.js") if path.parent.name != "knowledge"]
    sheets = [STATIC / "knowledge" / name for name in ("knowledge.css", "add.css")]
    assert [sheet.name for sheet in sheets if styled_anywhere(sheet) & named_in(others) - SHARED] == []
