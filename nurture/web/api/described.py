"""Described: what each route of the API takes, gives and refuses; `/openapi.json` is made from this and `ROUTES`."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from nurture.web.api import (
    answers,
    by_hand,
    customers,
    documents,
    editing,
    events,
    forgetting,
    inbox,
    leads,
    publishing,
    signups,
    simulations,
    steering,
    trial,
)
from nurture.web.api.answers import Schema
from nurture.web.api.shapes import Shape

IDEMPOTENCY = "Idempotency-Key"
IF_MATCH = "If-Match"


class Told(NamedTuple):
    """What a route takes and gives.

    gives: by status, None for an answer without a body.  takes: what the body may be, none of it where there is none.
    asks: the words of its query, None where a query is not looked at.  refuses: beside what its kind of route may
    answer anyway (see nurture/web/reference/openapi.py).  headers: that it reads.
    """

    gives: Mapping[int, Schema | None]
    takes: tuple[type[Shape], ...] = ()
    asks: tuple[str, ...] | None = None
    refuses: tuple[int, ...] = ()
    headers: tuple[str, ...] = ()


def _steers(shape: type[Shape], gives: Schema = answers.STANDING) -> Told:
    return Told({200: gives}, (shape,), refuses=(409,))


def _edits(*takes: type[Shape]) -> Told:
    return Told({200: answers.DRAFT}, takes, refuses=(409, 412, 422, 428), headers=(IF_MATCH,))


DESCRIBED: Mapping[Callable[..., Any], Told] = {
    signups.sign_up: Told({201: answers.WELCOMED, 200: answers.WELCOMED}, (signups.SignUp,), headers=(IDEMPOTENCY,)),
    leads.capture: Told({201: answers.WELCOMED, 200: answers.WELCOMED}, (leads.Lead,), headers=(IDEMPOTENCY,)),
    events.take: Told({202: answers.RECEIVED}, (events.Event, events.Batch), headers=(IDEMPOTENCY,)),
    customers.listing: Told({200: answers.CUSTOMERS}, asks=("stage", "persona", "journey", "cursor")),
    customers.one: Told({200: answers.WHOLE}, asks=()),
    customers.past: Told({200: answers.PAST}, asks=("before",)),
    customers.coming: Told({200: answers.COMING}, asks=()),
    customers.reasons: Told({200: answers.WHY}, asks=("journey", "step")),
    inbox.listing: Told({200: answers.INBOX}, asks=("cursor",)),
    inbox.seen: Told({200: answers.NOTICE}),
    by_hand.patch: Told({200: answers.STANDING}, (by_hand.Patch,)),
    forgetting.erase: Told({204: None}, asks=("because",)),
    forgetting.hand_out: Told({200: answers.HELD}, asks=()),
    by_hand.stage: Told({200: answers.STANDING}, (by_hand.Stage,)),
    trial.change: Told({200: answers.STANDING}, (trial.Trial,), refuses=(409,), headers=(IDEMPOTENCY,)),
    steering.hold: _steers(steering.Reason),
    steering.release: _steers(steering.Reason),
    steering.skip: _steers(steering.Step),
    steering.send_now: _steers(steering.Step),
    steering.start: _steers(steering.Start),
    steering.remove: _steers(steering.Remove),
    steering.take_over: _steers(steering.TakeOver, answers.TAKEN_OVER),
    steering.owner: _steers(steering.Owner),
    steering.list_notes: Told({200: answers.NOTES}, asks=()),
    steering.write_note: Told({201: answers.NOTED}, (steering.Note,), refuses=(409,)),
    by_hand.send_once: Told({200: answers.STARTED}, refuses=(409,)),
    documents.listing: Told({200: answers.DOCUMENTS}),
    documents.draft: Told({200: answers.DRAFT}),
    documents.save: Told(
        {200: answers.SAVED, 201: answers.SAVED}, (documents.Saved,), refuses=(412, 428), headers=(IF_MATCH,)
    ),
    editing.edit: _edits(editing.Edit),
    editing.undo: _edits(editing.Whose),
    editing.redo: _edits(editing.Whose),
    editing.discard: _edits(),
    documents.revisions: Told({200: answers.REVISIONS}),
    documents.check: Told({200: answers.CHECKED}, (documents.Written,)),
    publishing.preview: Told({200: answers.IMPACT}, (publishing.Publishing,)),
    publishing.release: Told({200: answers.PUBLISHED}, (publishing.Publishing,), refuses=(409,)),
    publishing.undo: Told({200: answers.UNDONE}, (publishing.Undoing,), refuses=(409,)),
    simulations.run: Told({200: answers.SIMULATED}, (simulations.Simulation,)),
}
