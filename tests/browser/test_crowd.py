"""The crowd that browser tests walk through: as many as asked for, and nobody's row points at nobody."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.browser.crowd import crowd_at


def test_likes_hang_together(lived: Path, tmp_path: Path) -> None:
    with crowd_at(tmp_path, 300, lived), closing(sqlite3.connect(tmp_path / "crowd.db")) as connection:
        counted = connection.execute("SELECT count(*), count(DISTINCT email_key) FROM customers").fetchone()
        loose = connection.execute("PRAGMA foreign_key_check").fetchall()

    assert counted[0] == 300
    assert counted[1] >= 290  # two product users may share an address
    assert loose == []
