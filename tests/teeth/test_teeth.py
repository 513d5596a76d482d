"""Every guard in the table is missed when it is gone: a suite that cannot fail proves nothing.

The suite looks whether the table still fits the code; `make prove ONLY=teeth` takes each guard out of a copy.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from ruamel.yaml import YAML

from nurture.settings import ROOT


class Tooth(NamedTuple):
    """One guard.  old: as it stands, once, in its file; new: without it.  tests: one of them must turn red."""

    guards: str
    file: str
    old: str
    tests: Sequence[str]
    new: str = ""


TEETH = [Tooth(**one) for one in YAML(typ="safe").load((Path(__file__).parent / "table.yaml").read_text())]
PARTS = ("nurture", "tests", "config", "templates", "migrations", "docs", "benchmarks")
NAMES = [tooth.guards for tooth in TEETH]


@pytest.mark.parametrize("tooth", TEETH, ids=NAMES)
def test_the_guard_stands_where_the_table_says(tooth: Tooth) -> None:
    assert (ROOT / tooth.file).read_text().count(tooth.old) == 1
    assert tooth.new != tooth.old
    assert all((ROOT / path).exists() for path in tooth.tests)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the project that may be broken."""
    folder = tmp_path_factory.mktemp("teeth") / "project"
    folder.mkdir()
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "screenshots"))
    for file in ("pyproject.toml", "wsgi.py", "README.md", "Makefile"):
        shutil.copyfile(ROOT / file, folder / file)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.campaign
@pytest.mark.parametrize("tooth", TEETH, ids=NAMES)
def test_a_guard_that_is_gone_is_missed(copied: Path, tooth: Tooth) -> None:
    file = copied / tooth.file
    sound = file.read_text()
    file.write_text(sound.replace(tooth.old, tooth.new))
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=no", "-p", "no:cacheprovider", "--timeout=60"]
    try:
        run = subprocess.run(
            [*command, *tooth.tests],
            cwd=copied,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
    finally:
        file.write_text(sound)

    assert run.returncode == 1, run.stdout[-2000:]
    assert any(word in run.stdout for word in (" failed", "crashed", "Timeout"))
