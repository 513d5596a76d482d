"""JSON as machines send it, read strictly: what one parser takes and the next one refuses never gets past here.

`json.loads` by itself takes NaN, turns 1e999 into infinity, keeps the last of two equal keys, reads UTF-16, passes
half of a surrogate pair on to whoever stores it, and recurses as deep as it is told to. None of that is let in.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import orjson
from flask import Response, request

from nurture.web.problems import Malformed, Refused

MEBIBYTE = 1 << 20
MAX_DEPTH = 32
MAX_INTEGER = 1 << 53  # beyond it, other parsers lose digits
BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

# A string, ended or not, or a bracket. The quantifiers give nothing back, so a body of quotes takes linear time.
MARKS = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?|[\[\]{}]', re.DOTALL)
SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def body() -> dict[str, Any]:
    """Read this request's body as one JSON object.  Raises Malformed, or Refused where it is compressed."""
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise Refused(415, "Send the body as it is, without Content-Encoding.")
    found = read(request.get_data())
    if not isinstance(found, dict):
        raise Malformed("The body must be one JSON object: {...}.")
    return found


def read(raw: bytes) -> Any:
    """Read a JSON text: UTF-8, at most 32 deep, no NaN, no key twice, integers within 2^53.  Raises Malformed."""
    text = _text(raw)
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        _refuse_depth(raw)
    try:
        found = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_finite,
            object_pairs_hook=_each_once,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Malformed(f"The body is not JSON: {error.msg} at {where}.") from None
    if SUSPECT.search(raw):
        _refuse_unstorable(found)
    return found


def answer(content: Any, status: int = 200) -> Response:
    """Answer with JSON; moments in ISO 8601."""
    return Response(orjson.dumps(content), status, mimetype="application/json")


def _text(raw: bytes) -> str:
    if not raw.strip():
        raise Malformed("The body is empty; send a JSON object and its Content-Length.")
    if raw.startswith(BYTE_ORDER_MARKS) or b"\x00" in raw:
        raise Malformed("The body must be UTF-8, without a byte order mark and without NUL.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"The body must be UTF-8; byte {error.start} is not.") from None


def _refuse_depth(raw: bytes) -> None:
    depth = 0
    for mark in MARKS.finditer(raw):
        first = mark[0][:1]
        if first in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Malformed(f"The body is nested more than {MAX_DEPTH} deep.")
        elif first in b"]}":
            depth -= 1


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not JSON; leave the value out, or send null.")


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise Malformed("An integer lies beyond 2^53, where parsers differ; send it as a string.")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise Malformed("A number is too large to be kept; send it as a string.")
    return number


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Malformed(f"The key {twice[:60]!r} stands twice in one object.")
    return found


def _refuse_unstorable(found: Any) -> None:
    for text in _strings(found):
        if any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in text):
            raise Malformed("A text holds a NUL or half of a surrogate pair, which cannot be kept.")


def _strings(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict):
        for key, value in found.items():
            yield key
            yield from _strings(value)
    elif isinstance(found, list):
        for value in found:
            yield from _strings(value)
