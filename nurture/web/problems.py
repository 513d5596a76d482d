"""Problems: every answer to a machine that is not the one it asked for, as RFC 9457 has it.

    Refused                 the request cannot be granted; says its own status
    |-- Malformed   400     the body is not what we read at all
    |-- Forged      401     nobody we know sent this
    `-- Unfit       422     read, but some fields cannot be taken

`detail` says what to do. Where an error is ours, the answer carries a reference that the log carries too, and nothing
else: no message, no place in the code.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from secrets import token_hex
from traceback import format_tb
from typing import Any, NamedTuple

import orjson
import structlog
from flask import Response, request
from werkzeug.exceptions import HTTPException

from nurture.flow.ground import NoPlaybook
from nurture.flow.settle import StillSending
from nurture.store.session import Unavailable

log = structlog.get_logger()

RETRY_SECONDS = "2"
MAX_DRAINED = 16 << 20  # bytes of a refused body that are still taken off the wire
SAID = {
    404: "Nothing answers at this address; look for a slip in the path.",
    405: "This address answers other methods; see the Allow header.",
    413: "The body is too large: at most 1 MiB, or 4 MiB for a batch of events.",
}


class Wrong(NamedTuple):
    """One field that cannot be taken: its dotted path, and what was expected."""

    loc: str
    msg: str


class Refused(Exception):
    """The request cannot be granted.  detail: what to do about it.  extra: further members of the document."""

    def __init__(
        self, status: int, detail: str, errors: Sequence[Wrong] = (), extra: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.extra = dict(extra or {})


def sentence(error: Exception) -> str:
    """Write what an error says as a sentence: a capital in front, a full stop behind."""
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}."


class Malformed(Refused):
    """The body is not what we read at all."""

    def __init__(self, detail: str) -> None:
        super().__init__(400, detail)


class Forged(Refused):
    """Nobody we know sent this."""

    def __init__(self, detail: str) -> None:
        super().__init__(401, detail)


class Unfit(Refused):
    """The body was read, but some of its fields cannot be taken."""

    def __init__(self, errors: Sequence[Wrong], extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(422, in_a_sentence(errors), errors, extra)


def in_a_sentence(errors: Sequence[Wrong]) -> str:
    """Say what is wrong with the first few fields."""
    told = "; ".join(f"{wrong.loc}: {wrong.msg}" if wrong.loc else wrong.msg for wrong in errors[:3])
    return told if len(errors) <= 3 else f"{told}; and {len(errors) - 3} more"


def answer_to(error: Exception) -> Response:
    """Turn whatever was raised into a problem document."""
    match error:
        case Refused():
            extra = {"errors": [wrong._asdict() for wrong in error.errors]} if error.errors else {}
            answer = problem(error.status, error.detail, **extra, **error.extra)
            if error.status == 401:
                answer.headers["WWW-Authenticate"] = 'Bearer realm="nurture"'
            return answer
        case Unavailable():
            return _later("The database cannot be reached just now; nothing was kept. Send this again.")
        case StillSending():
            return _later("This is in effect. A letter that was already on its way has had no answer yet; ask again.")
        case NoPlaybook():
            return _later("Nothing is published yet; run `nurture apply config templates`, then send this again.")
        case HTTPException():
            return _by_the_framework(error)
    return _ours(error)


def problem(status: int, detail: str, **more: Any) -> Response:
    """Answer with a problem document."""
    title = HTTPStatus(status).phrase
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return Response(orjson.dumps(document), status, mimetype="application/problem+json")


def _later(detail: str) -> Response:
    answer = problem(503, detail)
    answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


def _by_the_framework(error: HTTPException) -> Response:
    status = error.code if error.code is not None and error.code >= 400 else 500
    if status == 413:
        _drain()
    answer = problem(status, SAID.get(status, error.description or "This cannot be answered."))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _drain() -> None:
    """Take a refused body off the wire, within reason: many a client reads the answer only after its last byte."""
    left = min(request.content_length or 0, MAX_DRAINED)
    wire = request.environ["wsgi.input"]
    while left > 0 and (piece := wire.read(min(left, 1 << 16))):
        left -= len(piece)


def _ours(error: Exception) -> Response:
    """Answer 500.  The log gets the kind of error and where, but not its message, which may hold a secret."""
    reference = token_hex(6)
    where = "".join(format_tb(error.__traceback__))
    log.error("request failed", reference=reference, route=request.endpoint, kind=type(error).__name__, where=where)
    return problem(500, f"Something broke on our side; our log has it under {reference}.", reference=reference)
