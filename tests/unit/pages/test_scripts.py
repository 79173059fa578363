"""What becomes of a script on its way out."""

import pytest

from gateway.web.scripts import lean, pointed, together

MODULES = {
    "first.js": b'import {two} from "./second.js";\nimport {three} from "./third.js";\nexport const one = () => two + three;\n',
    "second.js": b'import {three} from "./third.js";\nexport const two = three - 1;\n',
    "third.js": b"export const three = 3;\n",
    "later.js": b'import {three} from "./third.js";\nimport {other} from "./other.js";\n',
}


def test_comments_types_and_indentation_stay_at_home() -> None:
    source = (
        b'/** What it is.\n * More.\n */\n/** @type {number} */ let a = 1; // gone\n  // gone\n  const url = "https://x/**/y";\n'
        b"if (a) {\n    a = /** @type {any} */ (url); // gone\n}\n/** b */\n"
    )
    assert lean(source) == b'let a = 1;\nconst url = "https://x/**/y";\nif (a) {\na = (url);\n}\n'


def test_modules_come_in_one_piece_after_what_they_need() -> None:
    joined, names = together(MODULES, "first.js")
    assert joined == b"export const three = 3;\n\nexport const two = three - 1;\n\nexport const one = () => two + three;\n"
    assert names == {"first.js", "second.js", "third.js"}


def test_a_module_that_comes_later_takes_from_the_piece_what_is_in_it() -> None:
    assert pointed(MODULES["later.js"], {"third.js"}, "first.js") == (
        b'import {three} from "./first.js";\nimport {other} from "./other.js";\n'
    )


def test_two_modules_with_one_name_stop_the_start() -> None:
    with pytest.raises(ValueError, match=r"\['three'\]"):
        together({**MODULES, "second.js": b'import {three} from "./third.js";\nasync function three() {}\n'}, "first.js")
