"""SQLite files for the tests, with the same two words as tests/postgres.py: a database, prepared."""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import Prepare


class SqliteFiles:
    """A folder of database files; a prepared one is a copy of the file that its preparation once made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)
        self._templates: dict[Prepare, Path] = {}

    @contextmanager
    def database(self, prepare: Prepare | None = None) -> Iterator[str]:
        """Lend the URL of a new database in a folder of its own, prepared, and remove it afterwards."""
        file = self._new_file()
        if prepare is not None:
            self._copy(self._template(prepare), file)
        try:
            yield f"sqlite:///{file}"
        finally:
            shutil.rmtree(file.parent)

    def _new_file(self) -> Path:
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        return folder / "nurture.db"

    def _template(self, prepare: Prepare) -> Path:
        if prepare not in self._templates:
            file = self._new_file()
            prepare(f"sqlite:///{file}")
            self._templates[prepare] = file
        return self._templates[prepare]

    @staticmethod
    def _copy(template: Path, file: Path) -> None:
        # With WAL, the newest pages may still lie beside the file.
        for part in template.parent.glob(f"{template.name}*"):
            if part.suffix != ".db-shm":
                shutil.copyfile(part, file.with_name(part.name))
