"""The pages' JavaScript is typed in JSDoc, and `tsc` finds nothing wrong with it."""

from pathlib import Path

import pytest

from tests.peers.node import BIN, PAGES, node_modules, run

CHECK_S = 100


@pytest.fixture(scope="module")
def compiler(request: pytest.FixtureRequest) -> Path:
    """The locked TypeScript."""
    return node_modules(request.config) / "typescript" / "bin" / "tsc"


def test_the_pages_have_no_type_errors(compiler: Path) -> None:
    run([BIN / "node", compiler, "-p", PAGES / "tsconfig.json"], PAGES, CHECK_S)


def test_a_wrong_type_would_be_found(compiler: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.js").write_text('/** @param {number} n */\nexport const twice = (n) => n * 2;\ntwice("two");\n')
    (tmp_path / "tsconfig.json").write_text(f'{{"extends": "{PAGES}/tsconfig.json", "include": ["wrong.js"]}}')
    with pytest.raises(AssertionError, match=r"wrong\.js"):
        run([BIN / "node", compiler, "-p", tmp_path / "tsconfig.json"], tmp_path, CHECK_S)


def test_the_lock_names_no_registry() -> None:
    assert "resolved" not in (PAGES / "package-lock.json").read_text()
