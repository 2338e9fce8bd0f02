"""Models are downloaded by the number of their run, and nothing else is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from real_dashboard import started


@pytest.mark.parametrize("base", ["", "/user/me/lab"])
def test_a_model_is_sent_in_whole_and_nothing_else_is(tmp_path: Path, base: str) -> None:
    models = tmp_path / "lab" / "models"
    models.mkdir(parents=True)
    content = os.urandom(3_000_001)
    (models / "7.keras").write_bytes(content)
    (tmp_path / "secret").write_text("secret")
    (models / "8.keras").symlink_to(tmp_path / "secret")
    (models / "9.keras").mkdir()
    os.mkfifo(models / "10.keras")
    with started(tmp_path, *(["--base-url", base] if base else [])) as server:
        sent = server.get("prunelab/model/7")
        assert sent.content == content
        assert sent.headers["Content-Disposition"] == 'attachment; filename="run-7.keras"'
        for other in ("1", "8", "9", "10", "0", "../lab.sqlite", "7.keras", "%2e%2e%2fsecret"):
            refused = server.get(f"prunelab/model/{other}")
            assert refused.status_code == 404, other
            assert b"secret" not in refused.content
        foreign = server.get("prunelab/model/7", headers={"Host": "evil.example"})
        assert foreign.status_code == 403
