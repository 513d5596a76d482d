"""Usage: what was made of the published playbook in the last 90 days, for the rules that ask for it.  Reads only."""

from datetime import timedelta
from typing import NamedTuple

from nurture.engine.linting import Taken
from nurture.flow.ground import Ground, Moment
from nurture.store import traces

SPAN = timedelta(days=90)


class Usage(NamedTuple):
    """taken: how often each path of a split was taken.  heard: the events that ever came in."""

    taken: Taken
    heard: frozenset[str]


def usage(ground: Ground, at: Moment) -> Usage:
    """Count what people did in the last 90 days of life time."""
    with ground.sessions.read() as session:
        return Usage(traces.paths_taken(session, at.now - SPAN), traces.events_heard(session))
