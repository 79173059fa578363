"""The pages' JavaScript is typed in JSDoc, and `tsc` finds nothing wrong with it."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[2] / "pages"
BIN = Path(sys.executable).parent
INSTALL_S = 100
CHECK_S = 100


@pytest.fixture(scope="module")
def compiler(request: pytest.FixtureRequest) -> Path:
    """The locked TypeScript, installed once and kept in pytest's cache."""
    lock = (PAGES / "package-lock.json").read_bytes()
    folder = request.config.cache.mkdir(f"pages-{hashlib.sha256(lock).hexdigest()[:16]}")
    tsc = folder / "node_modules" / "typescript" / "bin" / "tsc"
    if not tsc.exists():
        for name in ("package.json", "package-lock.json"):
            (folder / name).write_bytes((PAGES / name).read_bytes())
        run([BIN / "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], folder, INSTALL_S)
    return tsc


def run(command: list[str | Path], folder: Path, timeout_s: float) -> str:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_pages_have_no_type_errors(compiler: Path) -> None:
    run([BIN / "node", compiler, "-p", PAGES / "tsconfig.json"], PAGES, CHECK_S)


def test_a_wrong_type_would_be_found(compiler: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.js").write_text('/** @param {number} n */\nexport const twice = (n) => n * 2;\ntwice("two");\n')
    (tmp_path / "tsconfig.json").write_text(f'{{"extends": "{PAGES}/tsconfig.json", "include": ["wrong.js"]}}')
    with pytest.raises(AssertionError, match=r"wrong\.js"):
        run([BIN / "node", compiler, "-p", tmp_path / "tsconfig.json"], tmp_path, CHECK_S)


def test_the_lock_names_no_registry() -> None:
    assert "resolved" not in (PAGES / "package-lock.json").read_text()
