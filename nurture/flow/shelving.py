"""Shelving: an email that nothing sends, or a segment that nothing asks for, is put away, and can be brought back.

Its revisions are kept either way.
"""

import re
from collections.abc import Mapping
from typing import Any

from nurture.engine.linting.book import emails_of
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.engine.reading import MANY, SINGLE, read_document, references
from nurture.flow.ground import Ground, Moment
from nurture.store import audit, documents, drafts, publishing, versions
from nurture.store.drafts import Made
from nurture.store.session import Conflict, Session

Name = tuple[str, str]


class InUse(Exception):
    """It cannot be put away; the message says what uses it."""


def put_away(ground: Ground, key: str, actor: str, at: Moment, kind: str = "email") -> bool:
    """Take an email or a segment out of the playbook and off the desk; audited.  Gives whether it was live.

    Raises Missing where there is none, InUse where something uses it (live, as a draft, or in a version that somebody
    still walks), Conflict where somebody publishes at the same time.
    """
    with ground.sessions.read() as session:
        if drafts.standing(session, kind, key) is None:
            raise documents.Missing(f"there is no {kind} {key!r}")
        revision, texts = documents.published(session)
        walked, written = documents.all_versions_in_use(session), documents.drafts(session)
        numbers = versions.numbers(session, "journey")
    playbook = compile_playbook(revision, texts, walked, numbers=numbers)
    users = users_of(key, playbook, written) if kind == "email" else _naming(kind, key, playbook, written)
    if users:
        raise InUse(f"it is {'sent' if kind == 'email' else 'asked for'} by {', '.join(users)}")

    def act(session: Session) -> None:
        publishing.take_up(session, revision)  # as a publish does
        if documents.revision_number(session) != revision:
            raise Conflict("somebody else has published meanwhile; look at what they did, then try again")
        drafts.drop(session, kind, key)
        if (kind, key) in texts:
            documents.archive(session, kind, key, actor, f"put the {kind} {key} away", at.now)
        else:
            audit.record(session, at.now, actor, "put away", f"{kind}/{key}")

    ground.sessions.write(act)
    return (kind, key) in texts


def bring_back(ground: Ground, key: str, actor: str, at: Moment, kind: str = "email") -> None:
    """Put what was put away on the desk again, as a draft; audited.  Raises Missing, Conflict."""

    def act(session: Session) -> None:
        found = drafts.standing(session, kind, key)
        if found is None:
            raise documents.Missing(f"there is no {kind} {key!r}")
        drafts.put(session, kind, key, Made(found.text, actor, "brought back", found.n), at.now)
        audit.record(session, at.now, actor, "bring back", f"{kind}/{key}")

    ground.sessions.write(act)


def users_of(key: str, playbook: Playbook, on_the_desk: Mapping[Name, str]) -> list[str]:
    """Name the journeys that send an email: live, in a version that somebody walks, or as a draft."""
    walked = {
        version.journey.id: version.journey.name
        for version in playbook.pinned.values()
        if any(email == key for _, email in emails_of(version.journey))
    }
    written = re.compile(rf"\bemail:\s*[\"']?{re.escape(key)}(?![\w-])")
    drafted = [name for (kind, name), text in on_the_desk.items() if kind == "journey" and written.search(text)]
    return [*walked.values(), *(f"the draft of {name}" for name in drafted if name not in walked)]


def _naming(kind: str, key: str, playbook: Playbook, on_the_desk: Mapping[Name, str]) -> list[str]:
    """Name the documents that name a thing: live, in a version that somebody walks, or as a draft."""
    found: dict[str, Any] = {name: getattr(playbook, name) for name in SINGLE}
    found |= {f"the segment {other}": rule for other, rule in playbook.segments.items()}
    found |= {f"{one.journey.name} v{one.number}": one.journey for one in playbook.pinned.values()}
    for (other, name), text in on_the_desk.items():
        model = SINGLE.get(other) or (MANY[other][1] if other in MANY else None)
        if model is not None and (other, name) != (kind, key):
            found[f"the draft of {name}"] = read_document(other, name, text, model)[0]
    return [word for word, one in found.items() if any(named[1:] == (kind, key) for named in references(one))]
