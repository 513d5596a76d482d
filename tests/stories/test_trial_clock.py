"""The trial's clock: what counts from its end moves with it, a paused trial ends nobody, an outage floods nobody."""

from datetime import timedelta
from typing import Any

import pytest

from nurture.flow import trial
from nurture.flow.trial import Change
from nurture.store import audit
from tests.postgres import Prepare
from tests.stories.care_playbook import TEXTS as BASE
from tests.stories.care_playbook import email, published
from tests.stories.town import MONDAY, Person, Town

DAY = timedelta(days=1)
LATE = ("skip", "send", "replan")
LIFECYCLE = """
stages:
  - {id: considering, phase: learn}
  - {id: assessing, phase: buy}
  - {id: terminated, phase: leave, final: true}
starts: {lead: considering, signup: assessing}
moves:
  - {from: [considering, terminated], to: assessing, on: signed_up}
  - {from: assessing, to: terminated, when: {trial: {ended_by: 1h}}}
"""
POLICY = """
senders: {success: {name: Ana, email: ana@harbour.example}}
window: {days: mon-sun, from: "00:00", to: "23:59:59.999999", else_zone: Europe/London}
caps: []
lateness: {after: 24h, then: skip}
topics: [{id: tips, name: Tips}, {id: account, name: Account, transactional: true}]
postal_address: 1 Example Quay, London
"""
FROM_START = """
id: from-start
name: Day 13
enter: {stage: assessing}
steps: [{id: day-13, do: wait_until, trial: start, offset: 13d}, {id: started, do: email, email: tip}]
"""
TO_END = """
id: to-end
name: The day before the end
enter: {stage: assessing}
steps: [{id: before-end, do: wait_until, trial: end, offset: -1d}, {id: ending, do: email, email: tip}]
"""


def late(then: str, n: int) -> str:
    """A journey with two letters, both due while nothing runs."""
    first = f"{{id: {then}-{n}, do: email, email: tip, late: {then}}}"
    second = f"{{id: {then}-{n}-more, do: email, email: tip, late: {then}}}"
    return f"""
id: {then}-{n}
name: Late {then} {n}
enter: {{when: {{trait: late, is: {then}}}}}
steps:
  - {{id: w-{n}, do: wait, for: {8 * n}h}}
  - {first}
  - {{id: x-{n}, do: wait, for: 10h}}
  - {second}
"""


TEXTS = {
    **{key: text for key, text in BASE.items() if key[0] not in ("journey", "email", "task")},
    ("lifecycle", "lifecycle"): LIFECYCLE,
    ("policy", "policy"): POLICY,
    ("journey", "from-start"): FROM_START,
    ("journey", "to-end"): TO_END,
    **{("journey", f"{then}-{n}"): late(then, n) for then in LATE for n in (1, 2, 3)},
    ("email", "tip"): email("tip"),
}


def prepared(url: str) -> None:
    published(url, TEXTS)


@pytest.fixture(scope="session")
def prepare_database() -> Prepare:
    return prepared


def changes(town: Town, person: Person, delivery: str = "", **asked: object) -> None:
    trial.change(town.ground, person.id, Change(**asked), "key_1", town.look(), delivery)  # type: ignore[arg-type]
    town.carries_the_post()


def sent(person: Person) -> dict[str, timedelta]:
    """Their letters, and how long after the sign-up each went."""
    return dict(zip(person.letters, (at - MONDAY for at in person.moments), strict=True)) if person.letters else {}


def test_an_extension_moves_what_counts_from_the_end_alone(town: Town) -> None:
    ada, bo = town.signs_up("ada"), town.signs_up("bo")
    town.passes(days=12)

    changes(town, ada, extend="7d")
    town.passes(days=12)

    assert sent(bo) == {"started": 13 * DAY, "ending": 13 * DAY}
    assert sent(ada) == {"started": 13 * DAY, "ending": 20 * DAY}
    assert (ada.row.trial_ends_at, ada.stage) == (MONDAY + 21 * DAY, "terminated")


def test_an_earlier_end_ends_it(town: Town) -> None:
    ada = town.signs_up("ada")
    town.passes(days=3)

    changes(town, ada, ends_at=town.now - timedelta(hours=2))

    assert ada.stage == "terminated"
    assert ada.letters == []


def test_a_paused_trial_rests_and_has_as_much_left_afterwards(town: Town) -> None:
    ada = town.signs_up("ada")
    town.passes(days=12)
    changes(town, ada, pause=True)
    changes(town, ada, pause=True)

    town.passes(days=20)
    resting, waits = (ada.stage, ada.letters), ada.why("before-end")[1]
    changes(town, ada, pause=False)
    town.passes(days=1, hours=1)
    before = ada.stage
    town.passes(days=2)

    assert resting == ("assessing", ["started"])
    assert "the trial is paused since Sat 17 Jan 2026" in waits
    assert before == "assessing"
    assert sent(ada) == {"started": 13 * DAY, "ending": 33 * DAY}
    assert (ada.stage, ada.row.stage_since) == ("terminated", MONDAY + 34 * DAY + timedelta(hours=1))


def test_a_change_delivered_again_changes_nothing_more_and_each_is_audited(town: Town) -> None:
    ada = town.signs_up("ada")

    for _ in range(2):
        changes(town, ada, "delivery-1", extend="7d")
    town.passes(hours=1)
    changes(town, ada, "delivery-2", extend="1d")

    assert ada.row.trial_ends_at == MONDAY + 22 * DAY
    with town.ground.sessions.read() as session:
        told = [(one.actor, one.subject, one.after) for one in audit.entries(session) if one.act == "trial_changed"]
    assert told == [("key_1", ada.id, {"extend": "1d"}), ("key_1", ada.id, {"extend": "7d"})]


def test_who_signs_up_again_after_a_paused_trial_has_one_that_runs(town: Town) -> None:
    ada = town.signs_up("ada")
    changes(town, ada, ends_at=town.now)
    changes(town, ada, pause=True)
    town.ground.sessions.write(
        lambda session: session.run("UPDATE customers SET stage = 'terminated' WHERE id = :id", {"id": ada.id})
    )

    town.passes(days=1)
    town.signs_up("ada")

    assert (ada.stage, ada.row.trial_paused_at) == ("assessing", None)
    assert ada.row.trial_ends_at == MONDAY + 15 * DAY


@pytest.mark.parametrize(
    ("asked", "says"),
    [({"ends_at": MONDAY - DAY}, "cannot end before it began"), ({"extend": "3659d"}, "within ten years")],
)
def test_what_no_trial_can_be_is_refused(town: Town, asked: dict[str, Any], says: str) -> None:
    ada = town.signs_up("ada")

    with pytest.raises(trial.Unfit, match=says):
        changes(town, ada, **asked)

    assert ada.row.trial_ends_at == MONDAY + 14 * DAY


def test_a_lead_has_no_trial(town: Town) -> None:
    lead = town.hears_of("lea")

    with pytest.raises(trial.Unfit, match="begins when they sign up"):
        changes(town, lead, pause=True)


def test_after_an_outage_nobody_gets_more_than_one_letter_to_catch_up(town: Town) -> None:
    people = {then: town.signs_up(then, late=then) for then in LATE}
    everybody = {f"{then}-{n}": then for then in LATE for n in (1, 2, 3)}

    town.sleeps(days=3)
    town.beats()
    caught_up = {then: person.letters for then, person in people.items()}
    town.passes(days=2)

    assert {then: len(letters) for then, letters in caught_up.items()} == {"skip": 0, "send": 1, "replan": 1}
    assert all(everybody[step.removesuffix("-more")] == then for then in LATE for step in caught_up[then])
    for then in ("skip", "send"):
        assert people[then].letters == caught_up[then]
    assert people["replan"].letters == [*caught_up["replan"], f"{caught_up['replan'][0]}-more"]
    assert people["replan"].moments[1] == MONDAY + 3 * DAY + timedelta(hours=10)


def test_after_an_outage_a_skipped_letter_says_why(town: Town) -> None:
    ada = town.signs_up("ada", late="send")

    town.sleeps(days=3)
    town.beats()

    because = [ada.why(f"send-{n}")[1] for n in (1, 2, 3)]
    assert sum("stands for all" in one for one in because) == 2
    assert "skipped as late: planned for Tue 06 Jan 01:00 UTC, 2 days 8 hours ago" in "".join(because)
