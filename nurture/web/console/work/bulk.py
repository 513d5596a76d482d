"""One thing done to many customers: whom it is about, seen and confirmed before it is done."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Blueprint, Response, request

from nurture.engine.local import zone_for
from nurture.engine.playbook import Playbook
from nurture.errands import KINDS
from nurture.flow import errands
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.store import people
from nurture.store.session import Session
from nurture.store.wanted import NOBODY
from nurture.web.console.access import signed_in
from nurture.web.console.page import Clockface, done, show
from nurture.web.console.words import Namer, name_of
from nurture.web.console.work.errand import under_way
from nurture.web.console.work.filters import Choice, address, chips, read, written

NAMED = 12  # of those it is about, by name
MOST_CHOSEN = 200
LONGEST = 500  # characters of a reason


class Act(NamedTuple):
    """Something that can be done to many.  asks: what must be said with it; in the form, `with_` and that.

    word: in the list of acts.  title: with how many.  means: what it does, and what it does not.
    """

    asks: str
    word: str
    title: str
    means: str


ACTS: Mapping[str, Act] = {
    "owner": Act("owner", "Assign an owner", "Assign an owner to {}", "Tasks that are open keep the owner they have."),
    "journey": Act(
        "journey",
        "Add to a journey",
        "Add {} to a journey",
        "Whoever its stage and its entry do not allow is not let in, and the result says why. Caps, quiet hours and"
        " kept-aside groups hold as always.",
    ),
    "hold": Act(
        "because",
        "Hold",
        "Hold {}",
        "Nothing is decided about them and nothing goes out until they are released; what they do is written down.",
    ),
    "suppress": Act(
        "because",
        "Suppress",
        "Stop writing to {}",
        "No letter goes to their addresses any more, whoever uses them; what is queued is cancelled. It is lifted one"
        " address at a time, in the settings.",
    ),
}
"""What can be done to many, by the kind of errand that does it."""


class Meant(NamedTuple):
    """Whom it is about.  ids: the chosen; none where all that match are meant."""

    ids: list[str]
    choice: Choice
    number: int
    names: list[tuple[str, str]]  # id and name of the first


def add_bulk(pages: Blueprint, parts: Parts) -> None:
    """Add `/customers/bulk`: a page that says whom it is about, and the form that has it done."""

    @pages.get("/customers/bulk")
    def bulk() -> Response:
        choice, at = read(request.args), parts.look()
        everybody = request.args.get("all") == "yes"
        ids = [] if everybody else list(dict.fromkeys(request.args.getlist("id")))[:MOST_CHOSEN]
        if not ids and not everybody:
            return done(parts, address(choice), "Choose at least one customer, or all that match.")
        return _page(parts, at, request.args.get("act", ""), ids, choice)

    @pages.post("/customers/bulk")
    def bulk_done() -> Response:
        at, act, choice = parts.look(), request.form.get("act", ""), read(request.form)
        ids = [one for one in request.form.get("ids", "").split(",") if one][:MOST_CHOSEN]
        asked = _asked(act)
        if act not in offered() or not asked.get(ACTS[act].asks):
            return _page(parts, at, act, ids, choice, "Say what is asked for below.", 422)
        if ids:
            asked["ids"] = ids
        else:
            asked |= {"wanted": choice.wanted._asdict(), "as_of": at.now.isoformat()}
        with parts.ground.sessions.read() as session:
            number = _number(session, ids, choice, at)
        made = errands.ask(parts.ground, act, asked, signed_in().member.email, at, total=number)
        return under_way(parts, made, address(choice))


def offered() -> dict[str, Act]:
    """The acts that there is an errand for."""
    return {kind: act for kind, act in ACTS.items() if kind in KINDS}


def _asked(act: str) -> dict[str, Any]:
    name = ACTS[act].asks if act in ACTS else ""
    value = request.form.get(f"with_{name}", "").strip()[:LONGEST]
    return {name: value} if value else {}


def _page(
    parts: Parts, at: Moment, act: str, ids: list[str], choice: Choice, refusal: str = "", status: int = 200
) -> Response:
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        meant = _meant(session, ids, choice, at)
    namer = Namer(playbook)
    known = ACTS.get(act) if act in offered() else None
    number = f"{meant.number:,} customer{'' if meant.number == 1 else 's'}"
    return show(
        "work/bulk.html",
        parts,
        at,
        status if known else 404,
        nav="customers",
        clock=Clockface(zone_for(playbook.policy.window, None), at.now),
        act=act,
        known=known,
        title=known.title.format(number) if known else "There is no such thing to do",
        meant=meant,
        number=number,
        chips=[] if ids else chips(choice, namer),
        fields={**written(choice.wanted), "act": act, "ids": ",".join(ids)},
        options=_options(act, playbook),
        back=address(choice),
        refusal=refusal,
        typed=request.form,
    )


def _meant(session: Session, ids: list[str], choice: Choice, at: Moment) -> Meant:
    number = _number(session, ids, choice, at)
    first = people.matching(session, choice.wanted, at.now, limit=NAMED) if not ids else ids[:NAMED]
    return Meant(ids, choice, number, [(one.id, name_of(one)) for one in people.listed(session, first)])


def _number(session: Session, ids: list[str], choice: Choice, at: Moment) -> int:
    return len(people.listed(session, ids)) if ids else people.count(session, choice.wanted, at.now)


def _options(act: str, playbook: Playbook) -> list[tuple[str, str]]:
    """What can be chosen for an act that asks for one of several."""
    if act == "owner":
        return [(one.id, one.name) for one in playbook.policy.owners] + [(NOBODY, "Nobody")]
    if act == "journey":
        entered = (one.journey for one in playbook.journeys if one.journey.enter is not None)
        return [(journey.id, journey.name) for journey in entered]
    return []
