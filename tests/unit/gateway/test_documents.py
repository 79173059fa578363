"""What the documents must say, and may not."""

import re
import tomllib

import pytest

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DECISIONS = (ROOT / "gateway" / "DECISIONS.md").read_text(encoding="utf-8")
HOUSES = ("gateway", "adapters", "bot", "handoff", "config", "tests", "bench")
LONGEST_README_LINES = 60


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~;\[ ]", requirement)[0] for requirement in requirements}


def test_every_dependency_has_its_reason() -> None:
    given = set(re.findall(r"^\| `([\w-]+)` \| \S", DECISIONS, re.MULTILINE))
    extras = PROJECT["project"]["optional-dependencies"].values()
    assert given == names([*PROJECT["project"]["dependencies"], *(one for extra in extras for one in extra)])


def test_every_dependency_of_the_tests_has_its_reason() -> None:
    reasons = DECISIONS.split("For testing:")[1]
    assert {name for name in names(PROJECT["dependency-groups"]["test"]) if f"`{name}`" not in reasons} == set()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_every_dependency_is_locked_with_its_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pinned = re.findall(r"^([\w.-]+)==\S+( ; [^\n]*)? \\\n    --hash=sha256:", text, re.MULTILINE)
    assert {name for name, _ in pinned} >= names(PROJECT["project"]["dependencies"])
    assert len(pinned) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE))


@pytest.mark.parametrize("house", HOUSES)
def test_every_folder_says_in_a_page_what_lives_there(house: str) -> None:
    lines = (ROOT / house / "README.md").read_text(encoding="utf-8").splitlines()
    assert 5 < len(lines) <= LONGEST_README_LINES


def test_links_between_documents_lead_somewhere() -> None:
    documents = [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *(ROOT / house / "README.md" for house in HOUSES),
        ROOT / "gateway" / "DECISIONS.md",
    ]
    links = [(page, link) for page in documents for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))]
    assert [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()] == []
