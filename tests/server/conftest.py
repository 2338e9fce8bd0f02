"""One server for all tests that leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from real_dashboard import Dashboard, started


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with started(tmp_path_factory.mktemp("dashboard")) as server:
        yield server


@pytest.fixture(scope="module")
def kernel(dashboard: Dashboard) -> Iterator[str]:
    """The kernel of a page that was loaded."""
    opened = dashboard.open_page()
    yield opened
    dashboard.close_page(opened)
