"""What the documents name is there: files and folders of the project, and pages they link to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

# Where a name in backticks may begin, and where a file's name alone may stand.
STARTS = [ROOT, ROOT / "prunelab"]
FILES = {
    file.name
    for folder in ("prunelab", "tests", "benchmarks", "docs", "notebooks")
    for file in (ROOT / folder).rglob("*")
}

# A folder, or a file with a suffix, of the project. `FILE.py` and `/tools/lab/` are the reader's.
NAME = re.compile(
    r"`((?:\.?[a-z][\w.]*/)+|(?:\.?[a-z][\w.]*/)*[a-z_]\w*\.(?:py|js|md|toml|ipynb))`"
)
LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_names_and_links_of_a_document_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    missing = [
        name
        for name in NAME.findall(text)
        if name not in FILES and not any((start / name).exists() for start in STARTS)
    ]
    missing += [link for link in LINK.findall(text) if not (document.parent / link).exists()]
    assert missing == []


def test_names_are_found_in_the_documents() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert {"errors.py", "schedules/kinds/", "tests/unit/test_imports.py"} <= set(
        NAME.findall(text)
    )


def test_the_architecture_names_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [file.parent.name for file in (ROOT / "prunelab").glob("*/__init__.py")]
    assert [room for room in rooms if f"`{room}/`" not in text] == []
