"""What each address for machines takes: a body that is right, to be changed from there."""

from typing import Any

from tests.web.product import ADA

STEP = {"journey": "first-win", "entry": 1, "step": "nudge-data", "because": "they asked"}
JOURNEY = """id: first-win
name: First win
enter: {stage: assessing}
stays: [assessing]
steps:
  - {id: welcome, do: email, email: welcome}
"""
EVENT = {
    "user_id": "u-ada",
    "email": "ada@example.com",
    "account_id": "a-engines",
    "event": "report_shared",
    "id": "e-1",
    "properties": {"minutes": 5, "template": "x"},
    "at": "2026-01-05T09:00:00Z",
}
DELIVERY = {
    "email": "ada@example.com",
    "timestamp": 1_767_603_600,
    "event": "bounce",
    "type": "blocked",
    "reason": "550 no such user",
    "sg_event_id": "e-1",
    "nt_send_id": "snd_x",
    "url": "https://harbour.example/",
}
PUBLISH = {
    "people": "move",
    "cohorts": {"paying": "keep"},
    "enter": {"per_hour": 10},
    "spread": "2h",
    "token": "WyI2",
    "note": "a note",
}

BODIES: dict[str, list[Any]] = {
    "api.signups_sign_up": [ADA, {"user_id": "u-di", "email": "di@example.com"}],
    "api.leads_capture": [{**ADA, "user_id": None}, {"email": "bo@example.com", "first_name": "Bo"}],
    "api.events_take": [EVENT, {"user_id": "u-bo", "event": "source_connected"}, {"events": [EVENT, EVENT]}],
    "api.by_hand_patch": [
        {"traits": {"plan": "pro", "team": None}, "at": "2026-01-05T09:00:00Z"},
        {"persona": "wilma", "persona_locked": True, "because": "met her"},
    ],
    "api.by_hand_stage": [{"to": "adopted", "because": "signed"}, {"to": "assessing", "because": "again"}],
    "api.trial_change": [{"extend": "7d"}, {"ends_at": "2026-02-05T09:00:00Z"}, {"pause": True}, {"pause": False}],
    "api.steering_hold": [{"because": "a call"}],
    "api.steering_release": [{"because": "the call is over"}],
    "api.steering_skip": [STEP],
    "api.steering_send_now": [STEP],
    "api.steering_start": [{"journey": "next-wins", "because": "they asked"}],
    "api.steering_remove": [{"journey": "first-win", "entry": 1, "because": "they asked"}],
    "api.steering_take_over": [{"because": "a call", "owner": "ana"}],
    "api.steering_owner": [{"owner": "ana", "because": "hers"}, {"owner": None}],
    "api.steering_write_note": [{"text": "called; *likes* reports"}],
    "api.documents_save": [
        {"text": JOURNEY, "note": "a note"},
        {"files": {"email.md": "# Hello {{ customer.first_name }}"}},
    ],
    "api.documents_check": [{"text": JOURNEY}, {}],
    "api.editing_edit": [
        {"do": "set", "step": "nudge-data", "path": ["after"], "value": "3d"},
        {"do": "move", "path": ["steps"], "to": {"path": ["steps"]}, "index": 1},
        {"do": "add", "path": ["steps"], "index": 0, "value": {"id": "x", "do": "email", "email": "welcome"}},
        {"do": "remove", "path": ["steps", 1]},
    ],
    "api.editing_undo": [{"anybodys": True}],
    "api.editing_redo": [{"anybodys": True}],
    "api.editing_discard": [{}],
    "api.publishing_preview": [{}, {"text": JOURNEY}, PUBLISH, {"people": {"reroute": {"welcome": "leave"}}}],
    "api.publishing_release": [
        {},
        {"text": JOURNEY, "people": "move"},
        PUBLISH,
        {"people": {"reroute": {"data": "keep"}}},
    ],
    "api.publishing_undo": [{"playbook": 1}, {"playbook": 2}],
    "api.simulations_run": [
        {"journey": "first-win", "persona": "wilma", "days": 5},
        {"journey": "next-wins", "customer": "u-ada", "days": 20},
        {"journey": "first-win", "from": "2026-01-05T09:00:00Z", "timezone": "Asia/Kathmandu"},
        {"journey": "first-win", "documents": [{"kind": "journey", "key": "first-win", "text": JOURNEY}]},
    ],
    "hooks.sendgrid": [
        [DELIVERY, {**DELIVERY, "event": "click"}],
        [{**DELIVERY, "event": "dropped", "reason": "Invalid"}],
    ],
}
"""By the name of the route."""

QUERIES: dict[str, dict[str, str]] = {
    "api.customers_listing": {"stage": "assessing", "persona": "wilma", "journey": "first-win", "cursor": "x"},
    "api.customers_past": {"before": "2026-01-05T09:00:00Z"},
    "api.customers_reasons": {"journey": "first-win", "step": "nudge-data"},
    "api.inbox_listing": {"cursor": "x"},
    "api.forgetting_erase": {"because": "they asked"},
    "console.login": {"next": "/tasks"},
    "console.sign_in_back": {"code": "x", "state": "x"},
    "console.help": {"q": "trial"},
    "console.customers": {"q": "ada", "stage": "assessing", "cursor": "x"},
    "console.audited": {"actor": "sam", "cursor": "x"},
    "console.bulk": {"act": "suppress", "all": "yes"},
    "recipient.ask": {"choice": "save_time"},
}
"""By the name of the route: what may be asked in the address; of pages, what is linked to is learnt besides."""
