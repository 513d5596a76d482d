"""Shapes: what a machine may say, field by field, and what is told to one that says something else.

Types are strict ("14" is no number, 42 is no id), unknown keys are refused with the nearest known one, and what people
will read in a letter is cleaned here, once.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, TypeVar
from zoneinfo import available_timezones

import orjson
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from nurture.engine.problem import nearest
from nurture.parts import Parts
from nurture.store.suppressions import email_key
from nurture.web.problems import Unfit, Wrong

MAX_TOLD = 20  # errors named in one answer
MAX_SIDE_BYTES = 32 << 10  # of traits, or of one event: what Segment takes, too
NAME_LENGTH = 64
YEARS = range(1971, 2200)  # moments that arithmetic can be done with, in either direction
NO_PLACES = {"localtime", "Factory", "posixrules"}
PRINTED = ("name", "first_name", "company", "role")  # traits that letters call people by

URL = re.compile(r"(?:https?:|ftp:|mailto:)\S*|www\.\S*|//\S*", re.IGNORECASE)
LINKING_DOT = re.compile(r"(?<=\w)[.\u3002\uff0e\uff61](?=\w\w)")
LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")


def as_name(text: str) -> str:
    """Clean what people are called by: no control characters, nothing a mail program turns into a link, 64 at most."""
    plain = unicodedata.normalize("NFC", text)
    plain = "".join(" " if _breaks(sign) else sign for sign in plain if unicodedata.category(sign) != "Cf")
    plain = LINKING_DOT.sub(" ", URL.sub(" ", plain))
    return " ".join(plain.split())[:NAME_LENGTH].strip()


def _breaks(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Zl", "Zp")


def as_id(text: str) -> str:
    """Take an id: visible characters alone, composed (NFC), so that one id has one spelling."""
    plain = unicodedata.normalize("NFC", text)
    if not plain.isprintable() or plain != plain.strip():
        raise ValueError("must be printable characters, with no space at either end")
    return plain


def as_user_id(text: str) -> str:
    """Take the product's id of a customer; `email:` is kept for naming leads."""
    if text.startswith("email:"):
        raise ValueError("must not begin with 'email:', which names a customer by address")
    return as_id(text)


def as_address(text: str) -> str:
    """Take an address that a letter can reach."""
    email_key(text)
    return text


def as_zone(text: str) -> str:
    """Take an IANA time zone."""
    if text in zones():
        return text
    place = text.rpartition("/")[2].replace(" ", "_").casefold()
    near = [zone for zone in sorted(zones()) if zone.rpartition("/")[2].casefold() == place]
    near = near or get_close_matches(text, sorted(zones()), n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}?" if near else "use a name such as 'Europe/Berlin'"
    raise ValueError(f"{text!r} is no IANA time zone; {hint}")


@cache
def zones() -> frozenset[str]:
    """List the IANA time zones of this machine."""
    return frozenset(available_timezones() - NO_PLACES)


def as_locale(text: str) -> str:
    """Take a language tag: `de`, `pt-BR`; an underscore counts as a hyphen."""
    tag = text.replace("_", "-")
    if not LOCALE.fullmatch(tag):
        raise ValueError("must be a language tag such as 'de' or 'pt-BR'")
    return tag


def as_moment(text: Any) -> datetime:
    """Take an ISO 8601 moment with its offset, as UTC."""
    expected = "must be an ISO 8601 moment with an offset, such as '2026-01-05T09:00:00Z'"
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError(expected) from None
    if moment.tzinfo is None:
        raise ValueError(expected)
    if moment.year not in YEARS:
        raise ValueError(f"must lie in the years {YEARS.start} to {YEARS.stop - 1}")
    return moment.astimezone(UTC)


def small(content: dict[str, Any]) -> dict[str, Any]:
    """Take a map of no more than 32 KB as JSON."""
    if len(orjson.dumps(content)) > MAX_SIDE_BYTES:
        raise ValueError("must be at most 32 KB")
    return content


Name = Annotated[str, StringConstraints(max_length=256), AfterValidator(as_name)]
Text = Annotated[str, StringConstraints(max_length=255), AfterValidator(as_id)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(as_id)]
UserId = Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(as_user_id)]
Address = Annotated[str, StringConstraints(min_length=3, max_length=320), AfterValidator(as_address)]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(as_zone)]
Locale = Annotated[str, StringConstraints(max_length=35), AfterValidator(as_locale)]
Instant = Annotated[datetime, BeforeValidator(as_moment)]
Side = Annotated[dict[str, Any], AfterValidator(small)]
Days = Annotated[int, Field(ge=0, le=3650)]


class Shape(BaseModel):
    """A JSON object a machine may send; an unknown key is refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


S = TypeVar("S", bound=Shape)


def read(shape: type[S], content: Any) -> S:
    """Read an object into its shape.  Raises Unfit, naming each field and what was expected."""
    try:
        return shape.model_validate(content)
    except ValidationError as error:
        raise Unfit([_wrong(shape, item) for item in error.errors(include_url=False)[:MAX_TOLD]]) from None


def _wrong(shape: type[Shape], item: Mapping[str, Any]) -> Wrong:
    path = [str(part)[:60] for part in item["loc"]]
    if item["type"] == "extra_forbidden":
        hint = nearest(path[-1], _keys(shape)) if len(path) == 1 else ""
        return Wrong(".".join(path), f"is not known here; {hint}" if hint else "is not known here")
    if item["type"] == "missing":
        return Wrong(".".join(path), "is missing")
    if item["type"] == "value_error":
        return Wrong(".".join(path), str(item["ctx"]["error"]))
    if item["type"] == "model_type":
        return Wrong(".".join(path), "must be a JSON object")
    told = str(item["msg"])
    return Wrong(".".join(path), told[:1].lower() + told[1:])


def _keys(shape: type[Shape]) -> list[str]:
    return [field.alias or name for name, field in shape.model_fields.items()]


def traits_of(traits: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Put the named fields over the free traits, what is absent left out, and clean what letters print."""
    joined = {**traits, **{name: value for name, value in fields.items() if value not in (None, "")}}
    for name in PRINTED:
        if isinstance(joined.get(name), str):
            joined[name] = as_name(joined[name][:256])
    return {name: value for name, value in joined.items() if value not in (None, "")}


def check_driver(parts: Parts, traits: Mapping[str, Any]) -> None:
    """Check that a stated driver is one of the playbook's.  Raises Unfit."""
    if "driver" not in traits:
        return
    with parts.ground.sessions.read() as session:
        check_word("driver", traits["driver"], parts.ground.shelf.playbook(session).milestones.drivers)


def check_word(loc: str, word: Any, words: Iterable[str]) -> None:
    """Check that a word is one of the playbook's.  Raises Unfit with the nearest."""
    known = list(words)
    if word not in known:
        hint = nearest(str(word)[:60], known) or "the playbook has none"
        raise Unfit([Wrong(loc, f"{str(word)[:60]!r} is not in the playbook; {hint}")])
