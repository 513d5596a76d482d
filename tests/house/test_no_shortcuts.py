"""Tests use the real thing, and the project stands on its own: no stranger's address, no path of one machine."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.project import ROOT, files, modules

# Addresses that are no third party's: this machine, names reserved for examples, names of formats, the provider itself.
OURS = re.compile(
    r"127\.0\.0\.1|0\.0\.0\.0|localhost|(.+\.)?(example|test|invalid|localhost)|(.+\.)?example\.(com|org|net)"
    r"|10\..+|192\.168\..+|169\.254\..+|192\.0\.2\..+|www\.w3\.org|json-schema\.org|api(\.eu)?\.sendgrid\.com"
)
ADDRESS = re.compile(r"https?://(?:[^\s/@\"'<>]*@)?([A-Za-z0-9][A-Za-z0-9.-]*)")
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:home|Users|root|work|opt|mnt)/[\w.]")
REGISTRY = re.compile(r"py" r"pi\.org|python" r"hosted|--(?:extra-)?index" r"-url[ =]|--find" r"-links[ =]")
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def shortcuts(tree: ast.Module) -> Iterator[str]:
    """What a test does instead of using the real thing: mocks, patches, sleeps."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.ImportFrom(module="unittest" | "unittest.mock" | "mock" | "pytest_mock")
                | ast.ImportFrom(module="time", names=[ast.alias(name="sleep"), *_])
            ):
                yield f"{node.lineno}: imports from {node.module}"
            case ast.Import(names=aliases) if any(one.name in {"mock", "unittest.mock"} for one in aliases):
                yield f"{node.lineno}: imports a mock"
            case ast.Attribute(value=ast.Name(id="time"), attr="sleep"):
                yield f"{node.lineno}: sleeps"
            case ast.Attribute(value=ast.Name(id="monkeypatch"), attr="setattr" | "delattr" | "setitem" | "delitem"):
                yield f"{node.lineno}: patches"


def strangers(text: str) -> list[str]:
    """The hosts in a text's addresses that belong to somebody else."""
    return [host for host in ADDRESS.findall(text) if not OURS.fullmatch(host.rstrip("."))]


def readable(file: Path) -> str:
    """A file's text, or nothing where it is a picture."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_test_mocks_patches_or_sleeps() -> None:
    found = {path: list(shortcuts(tree)) for path, tree in modules("tests")}

    assert {path: lines for path, lines in found.items() if lines} == {}


def test_every_shortcut_is_seen() -> None:
    source = "from unittest.mock import patch\nfrom time import sleep\nimport mock\n"
    source += "time.sleep(1)\nmonkeypatch.setattr(door, 'open', True)\n"

    assert [line.split(":")[0] for line in shortcuts(ast.parse(source))] == ["1", "2", "3", "4", "5"]


def test_nothing_needs_somebody_elses_address() -> None:
    found = {str(file.relative_to(ROOT)): strangers(readable(file)) for file in files()}

    assert {path: hosts for path, hosts in found.items() if hosts} == {}


def test_a_strangers_address_is_seen() -> None:
    scheme = "https" + "://"

    assert strangers(f"{scheme}cdn.somewhere.io/x.js {scheme}127.0.0.1:8000/ {scheme}app.acme.example/") == [
        "cdn.somewhere.io"
    ]


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY], ids=["a path of one machine", "a package registry"])
def test_nothing_names(pattern: re.Pattern[str]) -> None:
    found = {str(file.relative_to(ROOT)): pattern.findall(readable(file)) for file in files()}

    assert {path: hits for path, hits in found.items() if hits} == {}


def test_paths_and_registries_are_seen() -> None:
    assert MACHINE_PATH.search("cd " + "/" + "home/ada")
    assert REGISTRY.search("pip install --index" + "-url=x")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_requirement_has_its_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert unhashed(text) == []
    assert "://" not in text


def unhashed(lock: str) -> list[str]:
    """The requirements of a lock that are not `name==version` with a hash."""
    entries = re.split(r"\n(?=[^\s#])", re.sub(r"(?m)^ *#.*\n?", "", lock))
    pinned = re.compile(r"[\w.\[\],-]+==\S+.*\\\n +--hash=sha256:[0-9a-f]{64}")
    return [entry.split("\n")[0] for entry in entries if not pinned.match(entry)]


def test_a_requirement_without_a_hash_is_seen() -> None:
    assert unhashed("click==8.5.1 \\\n    --hash=sha256:" + "0" * 64 + "\nflask==3.1.3\n") == ["flask==3.1.3"]


def test_the_two_locks_agree() -> None:
    service, tests = (dict(re.findall(r"(?m)^([\w.-]+)\S*==(\S+)", (ROOT / lock).read_text())) for lock in LOCKS)

    assert service.items() <= tests.items()
