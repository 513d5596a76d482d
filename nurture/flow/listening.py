"""Listening: what staff read in an answer, as themes that can be counted and confirmed."""

from nurture.flow.ground import Ground, Moment
from nurture.store import audit, feedback
from nurture.store.session import Session


def read_in(ground: Ground, answer_id: str, theme: str, act: str, author: str, at: Moment) -> bool:
    """Add a theme to an answer, remove it, or note that a customer confirmed it, or did not; audited.

    act: add, remove, validate or doubt.  False where there is no such answer, theme or act.
    """

    def write(session: Session) -> bool:
        if not theme or feedback.find(session, answer_id) is None:
            return False
        done = {
            "add": lambda: feedback.tag(session, answer_id, theme, author, at.now),
            "remove": lambda: feedback.untag(session, answer_id, theme),
            "validate": lambda: feedback.validate(session, answer_id, theme, validated=True),
            "doubt": lambda: feedback.validate(session, answer_id, theme, validated=False),
        }.get(act, lambda: False)()
        if done:
            audit.record(session, at.machine, author, f"{act} theme", answer_id, after={"theme": theme})
        return done

    return ground.sessions.write(write)
