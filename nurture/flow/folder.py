"""Documents as files: a checkout's `config/` and `templates/emails/`, read whole and written back byte for byte."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from nurture.engine.problem import Problem, Unsound, nearest
from nurture.engine.reading import MANY, SINGLE

FOLDERS = {folder: kind for kind, (folder, _) in MANY.items()}
STARTERS = Path("config", "starters")


def read_folder(root: Path) -> dict[tuple[str, str], str]:
    """Read every document under a project's root: (kind, key) -> text.

    Raises Unsound on a file that belongs nowhere or is not UTF-8.
    """
    found: dict[tuple[str, str], str] = {}
    problems: list[Problem] = []
    for path in _files(root):
        name = path.relative_to(root)
        where = place_of(name)
        if where is None:
            problems.append(Problem(str(name), 0, "", "is not the place of any kind of document", _instead(name)))
            continue
        text = path.read_bytes().decode("utf-8", errors="surrogateescape")
        if any("\ud800" <= sign <= "\udfff" for sign in text):
            problems.append(Problem(str(name), 0, "", "is not UTF-8 text", "save it as UTF-8"))
            continue
        kind, key, file = where
        if kind == "email":
            files = json.loads(found.get((kind, key), "{}"))
            found[kind, key] = email_text({**files, file: text})
        else:
            found[kind, key] = text
    if problems:
        raise Unsound(problems)
    return found


def write_folder(root: Path, texts: Mapping[tuple[str, str], str]) -> Iterator[Path]:
    """Write documents as files under `root`, each exactly as its text; yields the paths written."""
    for (kind, key), text in sorted(texts.items()):
        for path, content in files_of(kind, key, text):
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode())
            yield target


def email_text(files: Mapping[str, str]) -> str:
    """Fold an email's folder into one text, the same whatever order its files came in."""
    return json.dumps(dict(sorted(files.items())), ensure_ascii=False)


def files_of(kind: str, key: str, text: str) -> Iterator[tuple[Path, str]]:
    """Tell which files a document is, relative to the project's root."""
    if kind == "email":
        for file, content in json.loads(text).items():
            yield Path("templates/emails", key, file), content
    elif kind == "layout":
        yield Path("templates/emails/_layout", f"{key}.mjml"), text
    elif kind == "snippet":
        yield Path("config/snippets", f"{key}.md"), text
    elif kind in SINGLE:
        yield Path("config", f"{kind}.yaml"), text
    else:
        yield Path("config", MANY[kind][0], f"{key}.yaml"), text


def place_of(path: Path) -> tuple[str, str, str] | None:
    """Tell what a file is by where it lies: (kind, key, file name); None if nothing lives there."""
    match path.parts:
        case ("config", name) if path.suffix == ".yaml" and path.stem in SINGLE:
            return path.stem, path.stem, name
        case ("config", folder, name) if folder in FOLDERS and path.suffix == ".yaml":
            return FOLDERS[folder], path.stem, name
        case ("config", "snippets", name) if path.suffix == ".md":
            return "snippet", path.stem, name
        case ("templates", "emails", "_layout", name) if path.suffix == ".mjml":
            return "layout", path.stem, name
        case ("templates", "emails", key, name) if path.suffix == ".md" and key != "_layout":
            return "email", key, name
    return None


def _instead(path: Path) -> str:
    """Suggest where a file that lies nowhere may have been meant to lie."""
    if path.suffix == ".yml":
        return f"name it {path.stem}.yaml"
    places = [*(f"{kind}.yaml" for kind in SINGLE), *(f"{folder}/" for folder in (*FOLDERS, "snippets"))]
    meant = path.parts[1] if len(path.parts) == 2 else f"{path.parts[1]}/"
    return nearest(meant, places) if path.parts[0] == "config" else ""


def _files(root: Path) -> Iterator[Path]:
    """Give every file that is meant as a document.  The starters beside them are projects of their own."""
    for top in (root / "config", root / "templates" / "emails"):
        for path in sorted(top.rglob("*")):
            if path.is_file() and not path.name.startswith(".") and STARTERS not in path.relative_to(root).parents:
                yield path
