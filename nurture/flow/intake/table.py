"""A file of customers as a table: what each row says of somebody, and which rows cannot be taken, and why."""

import csv
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from nurture.engine.playbook import Playbook
from nurture.flow.intake.bringing import Arrival
from nurture.store.suppressions import email_key

MOST = 10_000  # rows
LONGEST = 500  # characters of one cell
CALLED: Mapping[str, str] = {
    "email": "email",
    "e_mail": "email",
    "email_address": "email",
    "user_id": "user_id",
    "id": "user_id",
    "stage": "stage",
    "zone": "zone",
    "timezone": "zone",
    "time_zone": "zone",
    "locale": "locale",
    "language": "locale",
    "signed_up_at": "signed_up_at",
    "signup_date": "signed_up_at",
    "trial_ends_at": "trial_ends_at",
    "account_id": "account_id",
    "account_name": "account_name",
}
"""What a column may be called; any other one is a trait."""
MOMENTS = ("signed_up_at", "trial_ends_at")
GUARD = re.compile(r"'(?=[=+\-@\t\r])")  # how a spreadsheet is kept from reading a formula


class Unreadable(ValueError):
    """The file is no table of customers; the message says why."""


class Table(NamedTuple):
    """What was read.  rows: as an errand keeps them.  problems: of rows that are left out, `line 7: why`."""

    rows: list[dict[str, Any]]
    problems: list[str]
    traits: list[str]


def read_table(text: str, playbook: Playbook) -> Table:
    """Read a file with a line of headings.  Raises Unreadable."""
    head, *_ = text.splitlines() or [""]
    delimiter = max(",;\t", key=head.count)
    try:
        lines = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise Unreadable(f"this is no table: {error}") from None
    columns = [_column(name) for name in lines[0]] if lines else []
    if "email" not in columns:
        raise Unreadable("the first line must name the columns, and one of them must be email")
    if len(lines) - 1 > MOST:
        raise Unreadable(f"{len(lines) - 1:,} rows are too many at once; take {MOST:,} or fewer")
    rows, problems = list[dict[str, Any]](), list[str]()
    seen: set[str] = set()
    for n, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            rows.append(_row(dict(zip(columns, cells, strict=False)), playbook, seen))
        except ValueError as error:
            problems.append(f"line {n}: {error}")
    known = set(CALLED.values())
    return Table(rows, problems, [one for one in dict.fromkeys(columns) if one and one not in known])


def arrival_of(row: Mapping[str, Any]) -> Arrival:
    """One row of a table, as an errand keeps it."""
    moments = {name: datetime.fromisoformat(row[name]) for name in MOMENTS if row.get(name)}
    said: dict[str, Any] = {name: value for name, value in row.items() if name in Arrival._fields}
    return Arrival(**{**said, **moments})


def _column(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", name.strip().lower().lstrip("\ufeff")).strip("_")[:64]
    return CALLED.get(plain, plain)


def _row(cells: Mapping[str, str], playbook: Playbook, seen: set[str]) -> dict[str, Any]:
    """Read one row.  Raises ValueError with the reason why it is left out."""
    said = {name: GUARD.sub("", cell.strip(), count=1)[:LONGEST] for name, cell in cells.items() if name}
    filled = {name: cell for name, cell in said.items() if cell}
    mine = _names(filled)
    if twice := mine & seen:
        raise ValueError(f"{min(twice).partition(':')[2]} stands in the file twice")
    seen |= mine
    known = set(CALLED.values())
    row: dict[str, Any] = {name: cell for name, cell in filled.items() if name in known}
    row |= {name: _moment(row[name], name).isoformat() for name in MOMENTS if name in row}
    if "stage" in row:
        row["stage"] = _stage(row["stage"], playbook)
    if "zone" in row:
        _zone(row["zone"])
    return {**row, "traits": {name: _value(cell) for name, cell in filled.items() if name not in known}}


def _names(filled: Mapping[str, str]) -> set[str]:
    names = {f"email:{email_key(filled.get('email', ''))}"}
    return {f"id:{filled['user_id']}"} if "user_id" in filled else names


def _moment(text: str, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} is no date such as 2026-01-31: {text}") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _stage(text: str, playbook: Playbook) -> str:
    names = {(one.name or one.id).casefold(): one.id for one in playbook.lifecycle.stages}
    key = names.get(text.casefold(), text.lower().replace(" ", "_"))
    if not playbook.lifecycle.has(key):
        raise ValueError(f"there is no stage {text!r}")
    return key


def _zone(text: str) -> None:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no zone {text!r}; one is called Europe/Berlin, for instance") from None


def _value(cell: str) -> str | int | float:
    if re.fullmatch(r"-?(0|[1-9]\d{0,14})", cell):
        return int(cell)
    return float(cell) if re.fullmatch(r"-?\d{1,12}\.\d{1,6}", cell) else cell
