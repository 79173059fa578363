"""What the pages' tests need from npm, locked in `tests/pages` and installed once into pytest's cache. Nothing of it is served."""

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[1] / "pages"
BIN = Path(sys.executable).parent
INSTALL_S = 100


def node_modules(config: pytest.Config) -> Path:
    """The folder of the locked packages. Several test processes may ask at once: whoever is first leaves it to all."""
    lock = (PAGES / "package-lock.json").read_bytes()
    cache = getattr(config, "cache", None)  # `-p no:cacheprovider` leaves none
    kept = cache.mkdir(f"pages-{hashlib.sha256(lock).hexdigest()[:16]}") if cache else Path(tempfile.mkdtemp())
    if not (kept / "node_modules").exists():
        with tempfile.TemporaryDirectory(dir=kept) as folder:
            for name in ("package.json", "package-lock.json"):
                (Path(folder) / name).write_bytes((PAGES / name).read_bytes())
            run([BIN / "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], Path(folder), INSTALL_S)
            with contextlib.suppress(OSError):  # another process was first
                (Path(folder) / "node_modules").rename(kept / "node_modules")
    return kept / "node_modules"


def run(command: list[str | Path], folder: Path, timeout_s: float) -> str:
    """What the command says; an AssertionError with all of it where it fails. Uses the virtual environment's Node.js."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
