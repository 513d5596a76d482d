"""Shelving: an email that nothing sends is put away, and can be brought back.  Its revisions are kept either way."""

import re
from collections.abc import Mapping

from nurture.engine.linting.book import emails_of
from nurture.engine.playbook import Playbook, compile_playbook
from nurture.flow.ground import Ground, Moment
from nurture.store import audit, documents, drafts, publishing
from nurture.store.drafts import Made
from nurture.store.session import Conflict, Session

Name = tuple[str, str]


class InUse(Exception):
    """It cannot be put away; the message says what uses it."""


def put_away(ground: Ground, key: str, actor: str, at: Moment) -> bool:
    """Take an email out of the playbook and off the desk; audited.  Gives whether it was live.

    Raises Missing where there is none, InUse where a journey sends it (live, as a draft, or in a version that somebody
    still walks), Conflict where somebody publishes at the same time.
    """
    with ground.sessions.read() as session:
        if drafts.standing(session, "email", key) is None:
            raise documents.Missing(f"there is no email {key!r}")
        revision, texts = documents.published(session)
        playbook = compile_playbook(revision, texts, documents.all_versions_in_use(session))
        users = users_of(key, playbook, documents.drafts(session))
    if users:
        raise InUse(f"it is sent by {', '.join(users)}")

    def act(session: Session) -> None:
        publishing.take_up(session, revision)  # as a publish does
        if documents.revision_number(session) != revision:
            raise Conflict("somebody else has published meanwhile; look at what they did, then try again")
        drafts.drop(session, "email", key)
        if ("email", key) in texts:
            documents.archive(session, "email", key, actor, f"put the email {key} away", at.now)
        else:
            audit.record(session, at.now, actor, "put away", f"email/{key}")

    ground.sessions.write(act)
    return ("email", key) in texts


def bring_back(ground: Ground, key: str, actor: str, at: Moment) -> None:
    """Put an email that was put away on the desk again, as a draft; audited.  Raises Missing, Conflict."""

    def act(session: Session) -> None:
        found = drafts.standing(session, "email", key)
        if found is None:
            raise documents.Missing(f"there is no email {key!r}")
        drafts.put(session, "email", key, Made(found.text, actor, "brought back", found.n), at.now)
        audit.record(session, at.now, actor, "bring back", f"email/{key}")

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
