"""The editor: an email's head, its blocks and its variants on the left, what a reader gets on the right."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, abort, request

from nurture.channels.email.compose import Unrenderable
from nurture.engine.editing import CannotEdit
from nurture.engine.email import BASE, BASE_LANGUAGE
from nurture.engine.email_edits import STEM, spans_of
from nurture.engine.email_pieces import (
    file_name,
    read_manuscript,
    unfold,
)
from nurture.engine.local import zone_for
from nurture.engine.playbook import Playbook
from nurture.engine.proofreading import pictures_of
from nurture.flow.drafts import Overtaken
from nurture.flow.previewing import Proof, Sketchbook
from nurture.parts import Parts
from nurture.store import customers as people
from nurture.store import images
from nurture.store.customers import Customer
from nurture.store.documents import Missing
from nurture.web.console.access import may, signed_in
from nurture.web.console.cookies import local_path
from nurture.web.console.design.drafting import Opened, changed, opened, refused, undoing
from nurture.web.console.design.emails.cards import cards_of, head_of, inherited_head, menu_of, placed
from nurture.web.console.design.emails.forms import asked
from nurture.web.console.design.emails.listing import files_of, steps_using
from nurture.web.console.design.emails.looks import (
    COLOURS,
    PARTS,
    WIDTHS,
    Look,
    look_of,
    moment_of,
    onward,
    reader,
    tall,
)
from nurture.web.console.design.emails.preview import FOUND, inbox_row
from nurture.web.console.design.emails.reading import (
    LANGUAGES,
    language_word,
    tabs_of,
    variables,
    variant_word,
)
from nurture.web.console.page import Clockface, done, show, show_part
from nurture.web.console.words import Namer, said

LOOKED_AT = 500  # the newest customers, of whom it is said what is known
PICTURES = 50  # uploaded ones to choose from, the newest


def add_editor(pages: Blueprint, parts: Parts, book: Sketchbook) -> None:
    """Add `/emails/<key>/edit`: the page, and every change of the text."""

    @pages.get("/emails/<key>/edit")
    def email_edit(key: str) -> Response:
        return _page(parts, book, key)

    @pages.post("/emails/<key>/edit")
    def email_changed(key: str) -> Response:
        return _changed(parts, book, key)


def _changed(parts: Parts, book: Sketchbook, key: str) -> Response:
    """Make one change and go on where it was made; where it cannot be made, what was typed stays on the page."""
    form = request.form.to_dict()
    if "Autosave" in request.headers:
        return _autosaved(parts, book, key, form)
    try:
        draft = changed(parts, "email", key, asked(form))
    except CannotEdit as error:
        return _page(parts, book, key, error=str(error))
    except (Missing, Overtaken) as error:
        return refused(parts, "email", key, error)
    do, n = form.get("do", ""), form.get("block", "")
    here = local_path(form.get("here", "")) or f"/emails/{key}/edit"
    if do == "add":
        here = onward(here, n, f"block-{n}")
    elif do in ("up", "down"):
        here = onward(here, "", f"block-{int(n) + (1 if do == 'down' else -1)}")
    elif do == "forget":
        here = onward(here, variant="")
    elif do == "own":
        pieces = read_manuscript(unfold(draft.text)[file_name(form["variant"])]).pieces
        here = onward(here, str(len(pieces) - 1), f"block-{n}")
    else:
        here = onward(here, "", f"block-{n}" if n else "")
    nothing = draft.sentence if draft.n != int(form["draft"]) else "nothing changed"
    return done(parts, here, undoing(nothing, draft) if draft.n != int(form["draft"]) else "Nothing was changed.")


def _autosaved(parts: Parts, book: Sketchbook, key: str, form: Mapping[str, str]) -> Response:
    """Save a form that sends itself, and answer with what changes around it; the form stays as it is."""
    here: dict[str, Any] = {"page_here": local_path(form.get("here", "")) or f"/emails/{key}/edit"}
    try:
        draft = changed(parts, "email", key, asked(form))
    except CannotEdit as error:
        return show_part("design/_email_saved.html", 422, error=str(error), **here)
    except Overtaken as error:
        now = error.now.n if error.now else ""
        return show_part("design/_email_saved.html", 409, meanwhile=error.meanwhile, now=now, **here)
    except Missing:
        abort(404)
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
    stem, spans = form.get("variant", BASE), 1
    if form.get("do") == "save" and "words" in form:
        spans = spans_of(draft.text, stem, int(form["block"]), form["words"])
    around = _around(parts, book, playbook, opened(parts, "email", key), stem)
    answer = show_part("design/_email_saved.html", signed_in=signed_in(), spans=spans, **around, **here)
    answer.headers["Draft"] = str(draft.n)
    return answer


def _around(parts: Parts, book: Sketchbook, playbook: Playbook, found: Opened, stem: str) -> dict[str, Any]:
    """What stands around the blocks and changes with every save: how it stands, undo and redo, what is wrong."""
    proof = _weighed(parts, book.proof(playbook, found.draft.key, found.draft.text))
    role = signed_in().member.role
    return {
        "clock": Clockface(zone_for(playbook.policy.window, None), parts.look().now),
        "key": found.draft.key,
        "found": found,
        "standing": _standing(found),
        "stem": stem,
        "findings": placed(files_of(found.draft.text), proof, playbook),
        "counts": proof.counts(),
        "edits": may(role, "editor"),
        "publishes": may(role, "publisher"),
    }


def _weighed(parts: Parts, proof: Proof) -> Proof:
    """Weigh the pictures that were uploaded here; of others nothing is known."""
    uploaded = (
        {one: one.removeprefix("/m/") for one in pictures_of(proof.email) if one.startswith("/m/")}
        if proof.email
        else {}
    )
    if not uploaded:
        return proof
    with parts.ground.sessions.read() as session:
        sizes = images.weights(session, uploaded.values())
    return proof.weighed({address: sizes[digest] for address, digest in uploaded.items() if digest in sizes})


def _page(parts: Parts, book: Sketchbook, key: str, error: str = "") -> Response:
    found, at = opened(parts, "email", key), parts.look()
    args = request.form if error else request.args
    files = files_of(found.draft.text)
    stem = args.get("variant", BASE) if STEM.fullmatch(args.get("variant", BASE)) else BASE
    with parts.ground.sessions.read() as session:
        playbook = parts.ground.shelf.playbook(session)
        newest = people.page(session, limit=LOOKED_AT).customers
        sought = request.args.get("q", "").strip()[:200]
        pictures = images.everyone(session, PICTURES) if args.get("block") else []
        few = people.page(session, search=sought, limit=FOUND).customers if sought else newest
        look = look_of(request.args, stem, playbook)
        wanted, customer = reader(session, look)
    zone = zone_for(playbook.policy.window, customer.zone if customer else None)
    proof = book.proof(playbook, key, found.draft.text)
    row, height = {"from": "", "subject": "", "preheader": ""}, 700
    try:
        now = moment_of(look, zone, at.now)
        rendered = book.render(playbook, parts.links, key, found.draft.text, wanted, now)
        sender = playbook.policy.senders.get(proof.email.head.sender) if proof.email else None
        row, height = inbox_row(rendered, sender), tall(rendered.text, look.width)
    except Unrenderable:
        pass  # the frame says why
    cards = cards_of(files, stem, playbook, args)
    own = read_manuscript(files.get(file_name(stem), ""))
    return show(
        "design/email.html",
        parts,
        at,
        422 if error else 200,
        nav="emails",
        **_around(parts, book, playbook, found, stem),
        name=said(key),
        whole=stem == BASE or own.whole,
        written=file_name(stem) in files,
        variant=variant_word(stem, playbook),
        tabs=tabs_of(files, playbook),
        head=head_of(own, args if error and args.get("do") == "head" else {}),
        pictures=[(f"/m/{one.hash}", one.name) for one in pictures],
        inherited=inherited_head(files, stem),
        cards=cards,
        error=error,
        failed=args.get("do", "") if error else "",
        menu=menu_of(playbook),
        own_pieces=len(own.pieces),
        opening=next((str(card.n) for card in cards if card.open), ""),
        look=look,
        row=row,
        tall=height,
        readers=_readers(few, customer),
        **_choices(playbook, look, stem, proof),
        variables=variables(newest),
        looked_at=len(newest),
        uses=steps_using(playbook).get(key, []),
        page_here=_here(key, error),
    )


def _choices(playbook: Playbook, look: Look, stem: str, proof: Proof) -> dict[str, Any]:
    """What the page's forms offer to choose from."""
    namer, policy = Namer(playbook), playbook.policy
    written = proof.email.languages if proof.email else (BASE_LANGUAGE,)
    return {
        "senders": [(key, f"{one.name} <{one.email}>") for key, one in policy.senders.items()],
        "topics": [(one.id, one.name) for one in policy.topics],
        "personas": [("", "Anybody"), *((one.id, namer.persona(one.id)) for one in playbook.personas.personas)],
        "languages": written,
        "languages_named": [("" if one == BASE_LANGUAGE else one, language_word(one)) for one in written],
        "new_languages": [(key, word) for key, word in LANGUAGES.items() if key not in written],
        "widths_named": [(width, f"{width} px") for width in WIDTHS],
        "look_colours": COLOURS,
        "look_parts": PARTS,
        "surveys": [(key, survey.name) for key, survey in playbook.surveys.items()],
        "snippets": [(key, said(key)) for key in playbook.snippets],
        "look_all": f"variant={stem}&{look.address}",
        "look_kept": look.address,
    }


def _here(key: str, error: str) -> str:
    return local_path(request.form.get("here", "")) or f"/emails/{key}/edit" if error else request.full_path.rstrip("?")


def _standing(found: Opened) -> str:
    if found.draft.published is None:
        return "Draft, never live"
    return "Draft, differs from what is live" if found.draft.open else "Live"


def _readers(newest: Sequence[Customer], chosen: Customer | None) -> list[Customer]:
    few = list(newest[:FOUND])
    return few if chosen is None or chosen.id in {one.id for one in few} else [chosen, *few]
