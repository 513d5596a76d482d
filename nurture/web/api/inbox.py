"""The inbox in the product: what waits there to be seen, and that it was."""

from typing import Any

from flask import Response

from nurture.parts import Parts
from nurture.store import notices
from nurture.store.notices import Notice
from nurture.web import strict_json
from nurture.web.api.customers import found, query
from nurture.web.auth import Caller
from nurture.web.problems import Refused

LONGEST_ID = 60


def listing(parts: Parts, reference: str) -> Response:
    """GET /v1/customers/{user_id}/inbox: messages, newest first, how many are unseen, and the cursor of the next."""
    asked = query("cursor")
    with parts.ground.sessions.read() as session:
        finals = parts.ground.shelf.playbook(session).finals
        customer_id = found(session, reference).id
        page = notices.page(session, customer_id, finals, asked.get("cursor"))
    messages = [_message(one) for one in page.notices]
    return strict_json.answer(
        {"customer_id": customer_id, "unseen": page.unseen, "messages": messages, "cursor": page.cursor}
    )


def seen(parts: Parts, _: Caller, reference: str, notice_id: str) -> Response:
    """POST /v1/customers/{user_id}/inbox/{id}/seen: it was seen; again, it stays as it was."""
    now = parts.look().now
    with parts.ground.sessions.read() as session:
        finals = parts.ground.shelf.playbook(session).finals
        customer_id = found(session, reference).id
    sane = len(notice_id) <= LONGEST_ID and notice_id.isprintable()
    notice = sane and parts.ground.sessions.write(
        lambda session: notices.see(session, customer_id, notice_id, finals, now)
    )
    if not notice:
        raise Refused(404, "No message of this customer goes by this id; GET .../inbox lists them.")
    return strict_json.answer(_message(notice))


def _message(notice: Notice) -> dict[str, Any]:
    return notice._asdict()
