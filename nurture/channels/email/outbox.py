"""The outbox: every letter becomes a file that any mail program opens.  What runs until a provider is set."""

import os
from contextlib import suppress
from datetime import UTC
from hashlib import sha256
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from nurture.channels.email.letter import Letter, mime_of
from nurture.channels.email.provider import Verdict, late, too_late

MAX_NAME = 180  # characters of a message's name in its file's name


class Outbox:
    """Writes `<utc stamp>-<message id>.eml`, whole or not at all; the same message is written once."""

    name = "outbox"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._names: set[str] | None = None

    def send(self, letter: Letter, *, give_up_at: float) -> Verdict:
        if too_late(give_up_at):
            return late()
        name = file_name(letter.message_id)
        try:
            with self._lock:
                known = self._known()
                if name not in known:
                    self._write(f"{letter.date.astimezone(UTC):%Y%m%dT%H%M%SZ}-{name}.eml", letter)
                    known.add(name)
        except OSError as error:
            return Verdict("retry", f"the outbox cannot be written: {error.strerror or error}")
        except ValueError as error:
            return Verdict("refused", f"the letter cannot be written as MIME: {error}")
        return Verdict("accepted", "written to the outbox", provider_id=letter.send_id)

    def close(self) -> None:
        with self._lock:
            self._names = None

    def _known(self) -> set[str]:
        """The names in the folder, read once: another process never sends the same message (the claim sees to it)."""
        if self._names is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._names = {path.stem.partition("-")[2] for path in self.folder.glob("*.eml")}
        return self._names

    def _write(self, name: str, letter: Letter) -> None:
        body = mime_of(letter).as_bytes()
        unfinished = self.folder / f".{name}.part"
        try:
            with unfinished.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.folder / name)
        except OSError:
            with suppress(OSError):
                unfinished.unlink()
            raise
        directory = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def file_name(message_id: str) -> str:
    """Turn a message's id into a file's name, different ids into different names."""
    name = quote(message_id, safe="")
    return name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}~{sha256(name.encode()).hexdigest()[:32]}"
