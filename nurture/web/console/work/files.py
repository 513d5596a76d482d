"""Customers as files: all that match, as a table to take away; and those of a file, brought in."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from flask import Blueprint, Response, redirect, request

from nurture.engine.local import zone_for
from nurture.flow import errands
from nurture.flow.ground import Moment
from nurture.flow.intake import Table, Unreadable, arrival_of, known_among, read_table
from nurture.flow.intake.table import CALLED, MOST
from nurture.parts import Parts
from nurture.store import audit, people
from nurture.store.people import Listed
from nurture.store.session import Sessions
from nurture.web.console.access import signed_in
from nurture.web.console.page import Clockface, show
from nurture.web.console.spreadsheet import table
from nurture.web.console.words import name_of
from nurture.web.console.work.filters import Choice, read, written

AT_ONCE = 500  # rows read for a file at a time
SHOWN = 20  # problems told by themselves
SAMPLE = 5
COLUMNS = (
    *("id", "user_id", "email", "name", "company", "stage", "stage_since", "persona", "owner", "trial_ends_at"),
    *("last_activity", "next_at", "journey", "step", "value"),
)


def add_files(pages: Blueprint, parts: Parts) -> None:
    """Add `/customers.csv`, and `/customers/import`: a form, and what its file would make."""

    @pages.get("/customers.csv")
    def customers_file() -> Response:
        at, choice, actor = parts.look(), read(request.args), signed_in().member.email
        asked = written(choice.wanted)

        def tell(session: Any) -> None:
            audit.record(session, at.now, actor, "export customers", "customers.csv", None, asked or {"all": True})

        parts.ground.sessions.write(tell)
        return Response(
            _lines(parts.ground.sessions, choice, at.now),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="customers.csv"'},
        )

    @pages.get("/customers/import", endpoint="import_new")
    def asked() -> Response:
        return _form(parts, parts.look())

    @pages.post("/customers/import", endpoint="import_read")
    def told() -> Response:
        at, file = parts.look(), request.files.get("file")
        text = request.form.get("text", "")
        try:
            if file is not None and file.filename:
                text = file.read().decode("utf-8-sig")
            if not text.strip():
                return _form(parts, at, "Choose a file, or paste its lines.")
            with parts.ground.sessions.read() as session:
                playbook = parts.ground.shelf.playbook(session)
            table = read_table(text, playbook)
        except UnicodeDecodeError:
            return _form(parts, at, "This is no text in UTF-8. Save it as CSV UTF-8 and try again.", text)
        except Unreadable as error:
            return _form(parts, at, f"{error}".capitalize() + ".", text)
        return _prepared(parts, table, at)


def _lines(sessions: Sessions, choice: Choice, now: datetime) -> Iterator[str]:
    """Write the file some hundred rows at a time."""
    yield table([COLUMNS])
    cursor, more = "", True
    while more:
        with sessions.read() as session:
            page = people.page(session, choice.wanted, now, sort=choice.sort, cursor=cursor, limit=AT_ONCE)
        yield table(map(_cells, page.rows))
        cursor, more = page.cursor, bool(page.cursor)


def _cells(one: Listed) -> tuple[str, ...]:
    moments = (one.trial_ends_at, one.heard_at, one.due_at)
    ends, heard, due = (at.isoformat(timespec="seconds") if at is not None else "" for at in moments)
    since = one.stage_since.isoformat(timespec="seconds")
    company = str(one.traits.get("company") or "")
    who = (one.id, one.user_id or "", one.email, name_of(one), company)
    where = (one.stage, since, one.persona or "", one.owner or "", ends)
    return (*who, *where, heard, due, one.journey, one.step, str(one.traits.get("value") or ""))


def _form(parts: Parts, at: Moment, refusal: str = "", text: str = "") -> Response:
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
    return show(
        "work/import.html",
        parts,
        at,
        422 if refusal else 200,
        nav="customers",
        clock=Clockface(zone_for(playbook.policy.window, None), at.now),
        refusal=refusal,
        text=text[:20_000],
        columns=sorted(set(CALLED.values())),
        stages=[one.id for one in playbook.lifecycle.stages],
        most=MOST,
    )


def _prepared(parts: Parts, table: Table, at: Moment) -> Response:
    """Keep what was read, and lead to what it would make: it begins only once somebody says so."""
    with parts.ground.sessions.read() as session:
        known = known_among(session, [arrival_of(row) for row in table.rows])
    fresh = [row for n, row in enumerate(table.rows) if n not in known]
    preview = {
        "new": len(fresh),
        "leads": sum("user_id" not in row for row in fresh),
        "known": len(known),
        "problems": table.problems[:SHOWN],
        "problem_count": len(table.problems),
        "traits": table.traits,
        "sample": [_without_traits(row) for row in fresh[:SAMPLE]],
    }
    errand_id = errands.ask(
        parts.ground,
        "import",
        {"rows": fresh},
        signed_in().member.email,
        at,
        total=len(fresh),
        result={"preview": preview},
        prepared=True,
    )
    return cast(Response, redirect(f"/errands/{errand_id}", 303))


def _without_traits(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "traits"}
