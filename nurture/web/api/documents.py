"""Documents as a program edits them: the draft and its revisions, under optimistic locking by ETag and If-Match."""

import json
import re
from typing import Annotated, Any

from flask import Response, request
from pydantic import Field, model_validator

from nurture.engine.problem import Problem, nearest
from nurture.engine.reading import KINDS, SINGLE
from nurture.flow import drafts
from nurture.flow.drafts import Overtaken
from nurture.flow.folder import email_text
from nurture.parts import Parts
from nurture.store import documents
from nurture.store.documents import Missing
from nurture.store.drafts import Draft, standing_of
from nurture.web import strict_json
from nurture.web.api.shapes import Shape, read
from nurture.web.auth import Caller
from nurture.web.problems import Refused, Unfit, Wrong, sentence

KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
FILE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}\.md")
ETAG = re.compile(r'"([1-9][0-9]{0,9})"')
LONGEST = 512 << 10

Words = Annotated[str, Field(max_length=LONGEST)]


class Written(Shape):
    """The whole text of a document; of an email, its files instead, each by its name."""

    text: Words | None = None
    files: dict[str, Words] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "Written":
        if self.text is not None and self.files is not None:
            raise ValueError("give one of text and files")
        return self


class Saved(Written):
    """A text to be kept as the draft, and what was done in words."""

    note: Annotated[str, Field(max_length=2000)] = ""


def listing(parts: Parts, kind: str) -> Response:
    """GET /v1/documents/{kind}: every document of a kind, and whether somebody is editing it."""
    check_name(kind)
    with parts.ground.sessions.read() as session:
        found = standing_of(session, kind)
    return strict_json.answer({"documents": [_as_json(draft) for draft in found]})


def draft(parts: Parts, kind: str, key: str) -> Response:
    """GET /v1/documents/{kind}/{key}/draft: what is being edited; the published text while nobody does."""
    return answer_with(_found(parts, kind, key))


def save(parts: Parts, caller: Caller, kind: str, key: str) -> Response:
    """PUT /v1/documents/{kind}/{key}/draft: keep this text, sound or not, and tell what is wrong with it.

    If-Match names the revision it was made from: 428 without it, 412 where somebody was faster.
    """
    check_name(kind, key)
    asked = read(Saved, strict_json.body())
    text = text_of(asked, kind)
    if text is None:
        raise Unfit([Wrong("text", "is missing")])
    expected = expected_of(parts, kind, key)
    try:
        saved = drafts.save_draft(parts.ground, kind, key, text, expected, caller.name, asked.note, parts.look().now)
    except Overtaken as error:
        raise stale(error) from None
    problems = drafts.problems_of(parts.ground, kind, key, text)
    return answer_with(saved, 201 if expected is None else 200, problems=[each._asdict() for each in problems])


def check(parts: Parts, kind: str, key: str) -> Response:
    """POST /v1/documents/{kind}/{key}/check: what is wrong with this text, or with the draft; nothing is kept."""
    check_name(kind, key)
    text = text_of(read(Written, strict_json.body()), kind)
    if text is None:
        text = _found(parts, kind, key).text
    problems: tuple[Problem, ...] = drafts.problems_of(parts.ground, kind, key, text)
    sound = not any(problem.must_fix for problem in problems)
    return strict_json.answer({"sound": sound, "problems": [problem._asdict() for problem in problems]})


def revisions(parts: Parts, kind: str, key: str) -> Response:
    """GET /v1/documents/{kind}/{key}/revisions: every text there ever was, newest first."""
    _found(parts, kind, key)
    with parts.ground.sessions.read() as session:
        found = documents.history(session, kind, key)
    told = [revision._asdict() for revision in found]
    return strict_json.answer({"revisions": [{"revision": each.pop("n"), **each} for each in told]})


def check_name(kind: str, key: str = "") -> None:
    """Check that a document of this kind may have this key.  Raises Refused (404)."""
    if kind not in KINDS:
        raise Refused(404, f"There is no kind of document {kind[:60]!r}; {nearest(kind[:60], KINDS)}")
    if key and kind in SINGLE and key != kind:
        raise Refused(404, f"There is one {kind}, and its key is {kind!r}.")
    if key and not KEY.fullmatch(key):
        raise Refused(404, "A key is lower case letters, digits, - and _, at most 64.")


def _found(parts: Parts, kind: str, key: str) -> Draft:
    check_name(kind, key)
    try:
        return drafts.read_draft(parts.ground, kind, key)
    except Missing:
        raise Refused(404, f"There is no {kind} {key!r}; PUT .../draft makes one.") from None


def text_of(asked: Written, kind: str) -> str | None:
    """Give the text as it is kept; an email's is a JSON map of its files.  Raises Unfit."""
    if kind == "email" and (asked.files is not None or asked.text is not None):
        where, found = ("text", asked.text) if asked.files is None else ("files", asked.files)
        try:
            return email_text(email_files(found))
        except ValueError as error:
            raise Unfit([Wrong(where, str(error))]) from None
    if asked.files is not None:
        raise Unfit([Wrong("files", f"a {kind} is one text; give `text`")])
    return asked.text


def email_files(found: Any) -> dict[str, str]:
    """Take an email's files, or a text that is a JSON map of them.  Raises ValueError."""
    try:
        files = strict_json.read(found.encode()) if isinstance(found, str) else found
    except Refused:
        files = None
    if not isinstance(files, dict) or not all(FILE.fullmatch(name) and isinstance(files[name], str) for name in files):
        raise ValueError('an email is a JSON map of its files: {"email.md": "..."}')
    return files


def expected_of(parts: Parts, kind: str, key: str) -> int | None:
    """Say which revision the caller saw, None for a document that is to be new.  Raises Refused."""
    said = request.headers.get("If-Match", "").strip()
    try:
        now = drafts.read_draft(parts.ground, kind, key)
    except Missing:
        if said:
            raise Refused(412, f"There is no {kind} {key!r} yet; leave If-Match out to make it.") from None
        return None
    if not said:
        raise Refused(428, f'Say which revision this was made from: If-Match: "{now.n}", the ETag of GET .../draft.')
    if said == "*":
        return now.n
    match = ETAG.fullmatch(said)
    if match is None:
        raise Refused(412, f'If-Match must be one ETag of GET .../draft, such as "{now.n}".')
    return int(match[1])


def stale(error: Overtaken) -> Refused:
    """Say who did what meanwhile."""
    meanwhile = [
        {"revision": edit.n, "author": edit.author, "note": edit.note, "saved_at": edit.saved_at.isoformat()}
        for edit in error.meanwhile[:20]
    ]
    detail = f"{sentence(error)} Nothing was kept: GET the draft, put your change into it, send it again."
    return Refused(412, detail, extra={"revision": error.now.n if error.now else None, "meanwhile": meanwhile})


def answer_with(now: Draft, status: int = 200, **more: Any) -> Response:
    """Answer with a draft, its text and its ETag."""
    said = {"files": json.loads(now.text)} if now.kind == "email" else {"text": now.text}
    answer = strict_json.answer({**_as_json(now), **said, **more}, status)
    answer.headers["ETag"] = f'"{now.n}"'
    return answer


def _as_json(now: Draft) -> dict[str, Any]:
    return {
        "kind": now.kind,
        "key": now.key,
        "revision": now.n,
        "published": now.published,
        "draft": now.open,
        "author": now.author,
        "note": now.sentence,
        "saved_at": now.saved_at,
    }
