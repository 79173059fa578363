"""What every application makes anew of the same bytes is made once for all tests of a process: the pages, packed, and the texts, read.

An operator's process does it once in its life; a thousand tests, each with an application of its own, did it in most of their time.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from config import texts
from gateway.web import desk_page, pages

PURE = ((pages, "lean"), (pages, "whole"), (pages, "_asset"), (desk_page, "_asset"), (desk_page, "load_assets"))
"""The same bytes in, the same bytes out; the last one's are the installed files."""


@pytest.fixture(scope="session", autouse=True)
def made_once() -> Iterator[None]:
    """For the folders whose `conftest.py` imports it: what has been made is remembered."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in PURE:
            patch.setattr(module, name, cache(getattr(module, name)))
        read, remembered = texts._read, cache(texts._read)
        patch.setattr(texts, "_read", lambda path: dict((remembered if Path(path).parent == texts.FOLDER else read)(path)))
        yield
