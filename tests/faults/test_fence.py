"""The fence: as long as a sender lives, awake or frozen, nobody says that its letter cannot leave any more."""

import pytest

from nurture.flow import handover
from nurture.flow.settle import StillSending, wait_for_outcomes
from nurture.store import messages
from tests.faults.carriers import signs_up, state_of
from tests.faults.frozen import a_frozen_sender
from tests.stories.town import Town


def test_a_stop_is_not_acknowledged_while_a_frozen_sender_may_wake(town: Town) -> None:
    ada = signs_up(town, "ada").customer_id
    with a_frozen_sender(town) as sender:
        with town.ground.sessions.read() as session:
            out = messages.handing(session, [ada])
        town.sleeps(seconds=61)
        swept = [handover.sweep(town.ground, town.look())]
        with pytest.raises(StillSending):
            wait_for_outcomes(town.ground, out, 0.05)
        sender.kill()
        sender.wait()

    swept.append(handover.sweep(town.ground, town.look()))

    wait_for_outcomes(town.ground, out, 0.05)
    assert (len(out), swept, state_of(town, "ada")) == (1, [0, 1], "unknown")
