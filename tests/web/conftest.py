"""Harbour's doors for machines, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.conftest import Databases
from tests.web.harbour import Harbour, harbour_at, prepare
from tests.web.product import Product
from tests.web.staff import app_of


@pytest.fixture
def harbour(databases: Databases, tmp_path: Path) -> Iterator[Harbour]:
    with databases.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def product(harbour: Harbour) -> Product:
    """Harbour's own software, which reports to the doors as any product does."""
    return Product(harbour)


@pytest.fixture
def stranger(harbour: Harbour) -> FlaskClient:
    """A browser in which nobody has signed in, at a console that somebody may read."""
    harbour.hires("viewer")
    return app_of(harbour).test_client()
