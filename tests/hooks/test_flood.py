"""A flood of events, a third of them twice, in no order and under new ids: it comes to what each of them once does."""

from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest

from nurture.flow.ground import Shelf
from nurture.flow.letters import Composer
from tests.campaign import Campaign
from tests.conftest import Databases
from tests.fake_sendgrid import Line
from tests.hooks.conftest import Hook
from tests.stories.town import Town, a_town, founded

EVENTS = (
    *({"event": name} for name in ("processed", "delivered", "deferred", "open", "click")),
    {"event": "bounce", "type": "blocked"},
)
WEIGHTS = (20, 20, 5, 10, 10, 2)
STOPS = (
    *({"event": "spamreport"}, {"event": "unsubscribe"}, {"event": "bounce", "type": "bounce"}),
    {"event": "dropped", "reason": "Bounced Address"},
)
"""What ends all mail.  One of them for each letter: of two, what is heard first is written down as the reason."""
TWICE = 0.3

Compiled = tuple[Shelf, Composer]


def told_of(hook: Hook, line: Line, dice: Random) -> list[dict[str, Any]]:
    """What SendGrid tells of one letter; the same of the same letter in another town."""
    started, stop = hook.town.machine, dice.choice(STOPS)
    events = []
    for n in range(dice.randint(3, 9)):
        (chosen,) = dice.choices((*EVENTS, stop), (*WEIGHTS, 4))
        event = hook.events.of(line, "", started, url="https://docs.example.com")
        events.append(
            {**event, **chosen, "timestamp": event["timestamp"] - 3_600 + 60 * n, "smtp-id": line.send_id[:8]}
        )
    return events


def flooded(databases: Databases, folder: Path, compiled: Compiled, seed: int, people: int) -> int:
    """Tell two towns of the same letters, one of them in a flood; returns how many events that was."""
    with ExitStack() as stack:
        hooks = []
        for name in ("calm", "flood"):
            (folder / name).mkdir(parents=True)
            town = stack.enter_context(a_town(stack.enter_context(databases.database(founded)), folder / name))
            shelf, town.post.composer = compiled
            town.ground = town.ground._replace(shelf=shelf)
            for n in range(people):
                town.signs_up(f"p{n}", zone="Europe/Berlin")
            town.sleeps(hours=2)
            hooks.append(Hook(town))
        calm, flood = hooks
        dice = Random(seed)
        events = [one for line in calm.town.sendgrid.ledger for one in told_of(calm, line, dice)]
        for event in events:
            assert calm.hears(event).status_code == 204
        wild = events + [flood.events.again(one) for one in events if dice.random() < TWICE]
        dice.shuffle(wild)
        for batch in batches(wild, dice):
            assert flood.hears(*batch).status_code == 204
        assert outcome(flood.town) == outcome(calm.town), f"seed {seed}"
        return len(wild)


def batches(events: list[dict[str, Any]], dice: Random) -> list[list[dict[str, Any]]]:
    left, found = list(events), []
    while left:
        size = dice.choice((1, 3, 30, 300))
        found.append(left[:size])
        left = left[size:]
    return found


def outcome(town: Town) -> dict[str, list[tuple[Any, ...]]]:
    """What stands in a town, in words that are the same in another one."""
    asked = {
        "letters": "SELECT send_id, state FROM messages",
        "people": "SELECT ext_id, stage, email_key FROM customers",
        "stops": "SELECT email_hash, scope FROM suppressions",
        "told": "SELECT c.ext_id, e.name, e.at, count(*) FROM events e JOIN customers c ON c.id = e.customer_id"
        " GROUP BY c.ext_id, e.name, e.at",
    }
    with town.ground.sessions.read() as session:
        return {name: sorted(session.rows(sql)) for name, sql in asked.items()}


def test_a_flood_comes_to_the_same_as_each_event_once(
    databases: Databases, tmp_path: Path, first_playbook: Compiled
) -> None:
    assert flooded(databases, tmp_path, first_playbook, seed=1, people=12) > 60


@pytest.mark.campaign
def test_floods_for_as_long_as_there_is_time(
    databases: Databases, tmp_path: Path, first_playbook: Compiled, campaign: Campaign
) -> None:
    for seed in campaign.seeds():
        campaign.counted["events"] += flooded(databases, tmp_path / str(seed), first_playbook, seed, people=300)
