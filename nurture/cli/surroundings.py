"""What surrounds an installation: the DNS of its senders, the disk, and the journal that a restore needs."""

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from nurture.channels.email.records import Records, Unanswered, dkim, dmarc, spf
from nurture.cli.finding import Finding, fine, note, unsafe

LITTLE, TOO_LITTLE = 1_000_000_000, 100_000_000  # bytes free


def domains(names: Iterable[str], provider: str, records: Records) -> Iterator[Finding]:
    """Look at what mailbox providers will look at; whatever cannot be asked is a note."""
    for name in names:
        try:
            yield _spf(name, records)
            yield _dkim(name, provider, records)
            yield _dmarc(name, records)
        except Unanswered as error:
            yield note("DNS", f"{error}; not all of SPF, DKIM and DMARC of {name} was looked at")


def _spf(name: str, records: Records) -> Finding:
    sound, says = spf(records, name)
    return (note if sound is None else fine if sound else unsafe)("SPF", f"{name}: {says}")


def _dkim(name: str, provider: str, records: Records) -> Finding:
    if provider != "sendgrid":
        return note("DKIM", f"{name}: under which selector your mail server signs cannot be known here")
    sound, says = dkim(records, name)
    return (fine if sound else note)("DKIM", f"{name}: {says}")


def _dmarc(name: str, records: Records) -> Finding:
    sound, says = dmarc(records, name)
    return (fine if sound else unsafe)("DMARC", f"{name}: {says}")


def disk(folders: Iterable[Path]) -> Finding:
    """Look at where there is least room of all these folders."""
    return room(*min((shutil.disk_usage(_standing(one)).free, one) for one in folders))


def room(free: int, folder: Path) -> Finding:
    """Judge so many bytes free."""
    says = f"{free / 1e9:.1f} GB free where {folder} lies"
    if free < TOO_LITTLE:
        return unsafe("disk", f"{says}: nothing more can be taken in soon")
    return note("disk", f"{says}: make room") if free < LITTLE else fine("disk", says)


def journal(file: Path, database: Path | None) -> Finding:
    """Look at the journal: that it can be written, and would not be lost together with the database.

    database: the file of a SQLite database.
    """
    folder = _standing(file.parent)
    if not folder.is_dir() or not os.access(folder, os.W_OK) or (file.exists() and not os.access(file, os.W_OK)):
        return unsafe("journal", f"{file} cannot be written: no letter leaves without it")
    if database is not None and database.exists() and folder.stat().st_dev == database.stat().st_dev:
        return note("journal", f"{file} lies on the database's disk: after a restore, what went out would be forgotten")
    return fine("journal", str(file))


def _standing(folder: Path) -> Path:
    """The folder, or the nearest above it that there is."""
    return next(one for one in (folder, *folder.parents) if one.exists())
