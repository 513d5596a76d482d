"""Answers: what the API gives, as JSON Schema, made from the rows and types that the views answer with.

one({"customer_id": str, "cursor": str | None})     an object of these fields and no others
row(Note)                                           an object of a row's fields
[row(Note)]                                         a list of those, wherever a type may stand
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from nurture.engine.decision import Reached
from nurture.engine.explain import Explanation
from nurture.engine.problem import Problem
from nurture.flow.by_hand import Asked
from nurture.store.customers import Customer, Walk
from nurture.store.documents import Revision
from nurture.store.notes import Note
from nurture.store.notices import Notice
from nurture.store.timeline import Entry, Message

Schema = dict[str, Any]
Fields = Mapping[str, Any]
NOTHING: Fields = {}


def one(fields: Fields, may: Fields = NOTHING) -> Schema:
    """Describe an object.  may: fields that are left out where there is nothing to say."""
    return {
        "type": "object",
        "properties": {name: schema(kind) for name, kind in {**fields, **may}.items()},
        "required": list(fields),
        "additionalProperties": False,
    }


def schema(kind: Any) -> Schema:
    """Describe a type; a schema is one already, and a list is of what stands in it."""
    if isinstance(kind, list):
        return {"type": "array", "items": schema(kind[0])}
    if isinstance(kind, dict):
        return kind
    return TypeAdapter(kind).json_schema(mode="serialization")


def fields_of(kind: type[tuple[Any, ...]], **instead: str) -> dict[str, Any]:
    """Give the fields of a row by the names they are told by.  instead: another name, '' for what is not told."""
    told = {instead.get(name, name): hint for name, hint in get_type_hints(kind).items()}
    return {name: hint for name, hint in told.items() if name}


def row(kind: type[tuple[Any, ...]], **instead: str) -> Schema:
    """Describe a row as an object."""
    return one(fields_of(kind, **instead))


CUSTOMER = fields_of(Customer, id="customer_id", zone="timezone")
STANDING = one(CUSTOMER)
WALK = row(Walk, revision="version", number="")
MESSAGE_FIELDS = "id journey step email state because decided_at handed_at variant subject"
MESSAGE = one({name: hint for name, hint in get_type_hints(Message).items() if name in MESSAGE_FIELDS.split()})
PROBLEM = row(Problem)
NOTICE = row(Notice)

WELCOMED = one(
    {
        "customer_id": str,
        "user_id": str | None,
        "stage": str,
        "persona": str | None,
        "enrollments": [one({"journey": str, "version": int, "because": str})],
    }
)
RECEIVED = one(
    {"accepted": int, "duplicates": int, "held": int, "rejected": [one({"index": int, "detail": str})]},
)
CUSTOMERS = one({"customers": [STANDING], "cursor": str | None})
WHOLE = one(
    {
        **CUSTOMER,
        "enrollments": [WALK],
        "stage_history": [one({"from": str | None, "to": str, "at": datetime, "because": str})],
        "milestones": [row(Reached)],
    }
)
PAST = one(
    {
        "customer_id": str,
        "entries": [
            one(
                {"at": datetime, "kind": str},
                {name: MESSAGE if name == "message" else hint for name, hint in get_type_hints(Entry).items()},
            )
        ],
        "before": datetime | None,
    }
)
COMING = one(
    {
        "customer_id": str,
        "stage": str,
        "due_at": datetime | None,
        "because": str,
        "enrollments": [
            one(
                {
                    "journey": str,
                    "entry": int,
                    "version": int,
                    "step": str | None,
                    "since": datetime,
                    "due_at": datetime | None,
                    "because": str,
                }
            )
        ],
        "messages": [MESSAGE],
    }
)
EXPLAINED = {**fields_of(Explanation, checks=""), "checks": list[dict[str, Any]]}
WHY: Schema = {
    "anyOf": [
        one({"customer_id": str, "journeys": [one(EXPLAINED)]}),
        one({"customer_id": str, "step": str | None, **EXPLAINED}),
    ]
}
INBOX = one({"customer_id": str, "unseen": int, "messages": [NOTICE], "cursor": str | None})
HELD = schema(dict[str, list[dict[str, Any]]])
TAKEN_OVER = one({**CUSTOMER, "task_id": str})
NOTES = one({"customer_id": str, "notes": [row(Note)]})
NOTED = one({"customer_id": str, "id": str})
STARTED = one({"journey": str, **fields_of(Asked)})
DOCUMENT = {
    "kind": str,
    "key": str,
    "revision": int,
    "published": int | None,
    "draft": bool,
    "author": str,
    "note": str,
    "saved_at": datetime,
}
DOCUMENTS = one({"documents": [one(DOCUMENT)]})
TEXTS = {"text": str, "files": dict[str, str]}
DRAFT = one(DOCUMENT, TEXTS)
SAVED = one({**DOCUMENT, "problems": [PROBLEM]}, TEXTS)
CHECKED = one({"sound": bool, "problems": [PROBLEM]})
REVISIONS = one({"revisions": [row(Revision, n="revision")]})
COUNTED = [one({"from": str | None, "to": str | None, "people": int})]
IMPACT = one(
    {
        "added": list[str],
        "edited": list[str],
        "advice": list[str],
        "journeys": list[dict[str, Any]],
        "letters": one({"before": int, "after": int, "people": int, "of": int}),
        "tasks": list[dict[str, Any]],
        "variables": list[dict[str, Any]],
        "turns": one({"asked": int, "stages": COUNTED, "personas": COUNTED, "named": list[dict[str, Any]]}),
        "scenarios": one({"total": int, "changed": dict[str, Any], "expected": dict[str, Any]}),
        "token": str,
    }
)
PUBLISHED = one({"playbook": int, "changed": bool})
UNDONE = one(
    {
        "playbook": int,
        "restored": int,
        "ended": int,
        "letters": int,
        "moved_on": [one({"email": str, "journey": str})],
    }
)
SIMULATED = one(
    {
        "steps": list[dict[str, Any]],
        "ended": str,
        "because": str,
        "reach": list[dict[str, Any]],
        "problems": [PROBLEM],
        "left_out": list[str],
    },
    {"differs": str},
)
