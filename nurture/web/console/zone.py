"""The clock that most pages go by: where the house is, as the policy's window says."""

from nurture.engine.local import zone_for
from nurture.flow.ground import Moment
from nurture.parts import Parts
from nurture.web.console.page import Clockface


def clockface(parts: Parts, at: Moment) -> Clockface:
    """Write moments in the zone of the house.  Raises NoPlaybook before the first publish."""
    with parts.ground.sessions.read() as session:
        window = parts.ground.shelf.playbook(session).policy.window
    return Clockface(zone_for(window, None), at.now)
