"""What becomes of a script on its way out."""

from importlib.resources import files
from pathlib import Path

import pytest

from gateway.web.scripts import lean, together, whole
from tests.peers.node import BIN, PAGES, node_modules, run

MODULES = {
    "first.js": b'import {two} from "./second.js";\nimport {three} from "./third.js";\nexport const one = () => two + three;\n',
    "second.js": b'import {three} from "./third.js";\nexport const two = three - 1;\n',
    "third.js": b"export const three = 3;\n",
}


def test_comments_types_and_idle_spaces_stay_at_home() -> None:
    source = (
        b'/** What it is.\n * More.\n */\n/** @type {number} */ let a = 1; // it\'s gone\n  // gone\n  const url = "https://x/**/y";\n'
        b"if (a) {\n    a = /** @type {any} */ (url);\n}\n/** b */\nfor (; a < 2 - -1; ) a += call(1, 2,\n);\n"
    )
    assert lean(source) == b'let a=1;\n\nconst url="https://x/**/y";if(a){a=(url)}\nfor(;a<2 - -1;)a +=call(1,2);'


def test_regular_expressions_and_words_are_left_alone() -> None:
    source = b'const a = text.split(/, |"/), b = `${a} , b`, c = " ; }", d = 6 / 2 / 1;\n'
    assert lean(source) == b'const a=text.split(/, |"/),b=`${a} , b`,c=" ; }",d=6 / 2 / 1;'


def test_a_style_sheet_loses_its_spaces_only() -> None:
    source = b"const CSS = `\n@media (max-width: 480px) {\n  .a > .b, .c :hover { margin: 0 calc(1px + 2px); color: #fff; }\n}\n`;\n"
    assert lean(source) == b"const CSS=`@media (max-width:480px){.a > .b,.c :hover{margin:0 calc(1px + 2px);color:#fff}}`;"


def test_private_names_are_short() -> None:
    source = b"class A {\n  #one = 1;\n  get #two() {\n    return this.#one;\n  }\n  async #three() {\n    await this.#two;\n  }\n}\n"
    assert lean(source) == b"class A{#a=1;get #b(){return this.#a}async #c(){await this.#b}}"


def test_what_nobody_else_can_name_is_short_and_what_nobody_asks_for_goes() -> None:
    source = (
        b'const LIMIT=2;const MODES={...LIMIT,a:LIMIT};class Chat{}new Chat();export class Panel{}call(WebSocket.LIMIT,"LIMIT");'
        b"const CSS=`:root,:host{--fd-a:red;--fd-ab:blue;--fd-c:0}p{color:var(--fd-ab)}`;"
    )
    wanted = (
        b'const $a=2;const $b={...$a,a:$a};class $c{}new $c();export class Panel{}call(WebSocket.LIMIT,"LIMIT");'
        b"const CSS=`:host{--ba:blue;}p{color:var(--ba)}`;"
    )
    assert whole(source) == wanted


def test_what_is_sent_says_what_was_written(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Parsed by TypeScript, all scripts of the widget are the same tree, before and after."""
    for side in ("written", "sent"):
        (tmp_path / side).mkdir()
    for folder in (files("adapters.webchat") / "static", files("gateway.web") / "static"):
        for entry in [entry for entry in folder.iterdir() if entry.name.endswith(".js")]:
            (tmp_path / "written" / entry.name).write_bytes(entry.read_bytes())
            (tmp_path / "sent" / entry.name).write_bytes(lean(entry.read_bytes()))
    typescript = node_modules(request.config) / "typescript"
    run([BIN / "node", PAGES / "same.cjs", typescript, tmp_path / "written", tmp_path / "sent"], tmp_path, 60)


def test_modules_come_in_one_piece_after_what_they_need() -> None:
    joined = together(MODULES, "first.js")
    assert joined == b"const three = 3;\n\nconst two = three - 1;\n\nexport const one = () => two + three;\n"


def test_two_modules_with_one_name_stop_the_start() -> None:
    with pytest.raises(ValueError, match=r"\['three'\]"):
        together({**MODULES, "second.js": b'import {three} from "./third.js";\nasync function three() {}\n'}, "first.js")
