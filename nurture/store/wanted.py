"""Wanted: who a list is about, said part by part, and compiled to SQL over real columns and indexed tables.

Only a name and a company are looked for in JSON, and only in rows that mention them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from nurture.engine.learning import OURS
from nurture.store.schema import micros
from nurture.store.transaction import Session

Said = tuple[str, dict[str, Any]]
"""A condition on customers `c`, and what it binds."""

NOBODY = "none"  # as a persona or an owner: they have none
NAMED = ("name", "first_name", "company")  # traits that a search looks into
QUIET = ", ".join(f"'{name}'" for name in sorted(OURS))
LATELY = (
    "SELECT 1 FROM events e WHERE e.customer_id = c.id AND e.at > :silent"  # noqa: S608
    f" AND e.name NOT IN ({QUIET})"
)


class Wanted(NamedTuple):
    """Who is wanted.  What is set narrows it; of several values in one part, any will do.

    q: part of a name, company, address or id.  days: that many whole days in their stage, or more.
    has, no: milestones, all of them.  journey: they walk it now, or `state` says: finished, left.  step: they stand
    there.  persona, owner: NOBODY for who has none.  trial: it ends within so many days.  silent: no sign of life for
    so many.  aside: the engine failed on them.  held: staff hold them.
    """

    q: str = ""
    stage: tuple[str, ...] = ()
    days: int | None = None
    persona: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    journey: str = ""
    step: str = ""
    state: str = ""
    owner: tuple[str, ...] = ()
    trial: int | None = None
    silent: int | None = None
    aside: bool = False
    held: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of what is set; a step and a state belong to their journey."""
        return tuple(name for name, value in self._asdict().items() if value and name not in ("step", "state"))


def where(session: Session, wanted: Wanted, now: datetime) -> Said:
    """Say all parts at once."""
    parts = conditions(session, wanted, now)
    bound = {key: value for _, values in parts.values() for key, value in values.items()}
    return " AND ".join(f"({said})" for said, _ in parts.values()) or "1 = 1", bound


def conditions(session: Session, wanted: Wanted, now: datetime) -> dict[str, Said]:
    """Say each part that is set as a condition, with what it binds."""

    def ago(days: int | None) -> int:
        return micros(now - timedelta(days=days or 0))

    within = micros(now + timedelta(days=wanted.trial or 0))
    said = {
        "q": (_mentions(session), _patterns(wanted.q)),
        "stage": _any_of("stage", wanted.stage),
        "days": ("c.stage_since <= :days", {"days": ago(wanted.days)}),
        "persona": _any_of("persona", wanted.persona),
        "has": _reached("has", wanted.has),
        "no": _reached("no", wanted.no),
        "journey": _walks(wanted),
        "owner": _any_of("owner", wanted.owner),
        "trial": (
            "c.trial_ends_at >= :today AND c.trial_ends_at < :within",
            {"today": micros(now), "within": within},
        ),
        "silent": (
            f"COALESCE(c.signed_up_at, c.created_at) <= :silent AND NOT EXISTS ({LATELY})",
            {"silent": ago(wanted.silent)},
        ),
        "aside": ("c.failures > 0", {}),
        "held": ("c.held_at IS NOT NULL", {}),
    }
    return {name: said[name] for name in wanted.parts}


def _any_of(column: str, values: Sequence[str]) -> Said:
    bound = {f"{column}{n}": value for n, value in enumerate(values) if value != NOBODY}
    asked = [f"c.{column} IN ({', '.join(f':{name}' for name in bound)})"] if bound else []
    nobody = [f"c.{column} IS NULL"] if NOBODY in values else []
    return " OR ".join(asked + nobody), bound


def _reached(part: str, milestones: Sequence[str]) -> Said:
    asked = "NOT EXISTS" if part == "no" else "EXISTS"
    said = [
        f"{asked} (SELECT 1 FROM milestones m WHERE m.customer_id = c.id AND m.milestone = :{part}{n})"  # noqa: S608
        for n in range(len(milestones))
    ]
    return " AND ".join(said), {f"{part}{n}": value for n, value in enumerate(milestones)}


def _walks(wanted: Wanted) -> Said:
    bound = {"journey": wanted.journey, "state": wanted.state or "active"}
    at_step = " AND e.step = :step" if wanted.step else ""
    said = f"SELECT e.customer_id FROM enrollments e WHERE e.journey = :journey AND e.state = :state{at_step}"  # noqa: S608
    return f"c.id IN ({said})", {**bound, "step": wanted.step} if wanted.step else bound


def _mentions(session: Session) -> str:
    """Match part of a text in any case; beyond ASCII, SQLite tells the cases apart.

    Of our own ids the beginning counts: any two letters stand somewhere in one of them.
    """
    like = "LIKE" if session.dialect == "sqlite" else "ILIKE"
    columns = [f"c.{column} {like} :q ESCAPE '!'" for column in ("email", "ext_id")]
    traits = [f"{trait(session, name)} {like} :q ESCAPE '!'" for name in NAMED]
    own = f"c.id {like} :own ESCAPE '!'"
    return " OR ".join([*columns, own, f"c.traits {like} :written ESCAPE '!' AND ({' OR '.join(traits)})"])


def trait(session: Session, name: str) -> str:
    """Say a trait of `c`, as this database reads JSON."""
    if session.dialect == "sqlite":
        return f"json_extract(c.traits, '$.{name}')"
    return f"(CAST(c.traits AS json) ->> '{name}')"


def _patterns(q: str) -> dict[str, str]:
    """What is looked for, and how JSON would write it."""
    own = f"{_plain(q)}%" if q.casefold().startswith("cus_") else ""
    return {"q": f"%{_plain(q)}%", "own": own, "written": f"%{_plain(orjson.dumps(q).decode()[1:-1])}%"}


def _plain(text: str) -> str:
    """Take what somebody types as it is: no sign in it stands for others."""
    return "".join(f"!{sign}" if sign in "%_!" else sign for sign in text)
