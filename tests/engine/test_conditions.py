"""Every leaf answers three things: does it hold, why, and when time alone could change that."""

from typing import Any

import pytest

from nurture.engine.snapshot import Answered
from tests.engine.builders import DAY, HOUR, NOON, ada, bo, condition, known

TRAITS = {"role": "Developer", "seats": 5, "beta": True, "tags": ["vip"], "driver": "save_time"}
PAST: dict[str, Any] = {
    "milestones": {"first_project": NOON},
    "rings": {
        "login": (NOON - HOUR, NOON - 2 * HOUR, NOON - 3 * DAY),
        "any": (NOON - HOUR,),
        'paid {"plan": "pro"}': (NOON - DAY,),
    },
    "last_seen": NOON - HOUR,
    "stages": {"adopted": NOON - 9 * DAY},
    "answers": {"nps": Answered(NOON, 9), "why": Answered(NOON, "price")},
}
ADA = known(ada(NOON - 3 * DAY, traits=TRAITS, persona="kevin"), **PAST)
BO = known(bo(NOON - 2 * DAY))


@pytest.mark.parametrize(
    ("text", "holds", "because"),
    [
        ("{trait: role, is: developer}", True, "role is 'Developer' (asked: is developer)"),
        ("{trait: role, is_not: developer}", False, "role is 'Developer' (asked: is not developer)"),
        ("{trait: role, in: [admin, DEVELOPER]}", True, "role is 'Developer' (asked: in admin, DEVELOPER)"),
        ("{trait: role, not_in: [admin]}", True, "role is 'Developer' (asked: not in admin)"),
        ("{trait: role, contains: lop}", True, "role is 'Developer' (asked: contains lop)"),
        ("{trait: tags, contains: vip}", True, "tags is ['vip'] (asked: contains vip)"),
        ("{trait: seats, gt: 5}", False, "seats is 5 (asked: gt 5.0)"),
        ("{trait: seats, gte: 5}", True, "seats is 5 (asked: gte 5.0)"),
        ("{trait: seats, lt: 5}", False, "seats is 5 (asked: lt 5.0)"),
        ("{trait: seats, lte: 5}", True, "seats is 5 (asked: lte 5.0)"),
        ("{trait: seats, in: [5, 6]}", True, "seats is 5 (asked: in 5, 6)"),
        ("{trait: beta, is: 1}", False, "beta is True (asked: is 1)"),
        ("{trait: beta, gt: 0}", False, "beta is True (asked: gt 0.0)"),
        ("{trait: role, gt: 0}", False, "role is 'Developer' (asked: gt 0.0)"),
        ("{trait: shoe, exists: false}", True, "shoe is not known (asked: exists False)"),
        ("{trait: shoe, is_not: red}", True, "shoe is not known (asked: is not red)"),
        ("{trait: shoe, not_in: [red]}", True, "shoe is not known (asked: not in red)"),
        ("{trait: shoe, lt: 9}", False, "shoe is not known (asked: lt 9.0)"),
        ("{persona: kevin}", True, "persona is kevin"),
        ("{persona: [wilma, otto]}", False, "persona is kevin"),
        ("{stage: [assessing, adopted]}", True, "stage is assessing"),
        ("{stage_for: {at_least: 3d}}", True, "assessing for 3 days"),
        ("{stage_was: adopted}", True, "was adopted"),
        ("{stage_was: assessing}", True, "was assessing"),
        ("{stage_was: at_risk}", False, "never was at_risk"),
        ("{did: login}", True, "login: 3 (asked: at least 1)"),
        ("{did: login, at_least: 2, within: 2h}", False, "login: 1 within 2 hours (asked: at least 2)"),
        ("{did: login, at_least: 3}", True, "login: 3 or more (asked: at least 3)"),
        ("{did: login, at_most: 1, within: 1d}", False, "login: 2 or more within 1 day (asked: at most 1)"),
        ("{did: login, at_least: 1, at_most: 3}", True, "login: 3 (asked: 1 to 3)"),
        ("{did: dance, at_most: 0}", True, "dance: 0 (asked: at most 0)"),
        ("{did: any, within: 2d}", True, "any: 1 within 2 days (asked: at least 1)"),
        ("{did: paid, where: {plan: pro}}", True, "paid: 1 (asked: at least 1)"),
        ("{did: paid, where: {plan: team}}", False, "paid: 0 (asked: at least 1)"),
        ("{did_not: login}", False, "login: 1 hour ago"),
        ("{did_not: login, within: 1h}", True, "login: 1 hour ago"),
        ("{did_not: dance}", True, "dance: never"),
        ("{silent_for: 1h}", True, "silent for 1 hour (asked: 1 hour)"),
        ("{silent_for: 2h}", False, "silent for 1 hour (asked: 2 hours)"),
        ("{milestone: first_project}", True, "first_project: reached"),
        ("{milestone: first_value}", False, "first_value: not reached"),
        ("{milestones: {at_least: 2}}", False, "1 milestone reached (asked: at least 2)"),
        ("{driver: [save_time, replace_tool]}", True, "driver is save_time"),
        ("{driver: replace_tool}", False, "driver is save_time"),
        ("{survey: nps, score_at_least: 9}", True, "nps: answered 9"),
        ("{survey: nps, score_at_most: 8}", False, "nps: answered 9"),
        ("{survey: nps, answered: false}", False, "nps: answered 9"),
        ("{survey: why, answered: true}", True, "why: answered price"),
        ("{survey: why, score_at_most: 10}", False, "why: answered price"),
        ("{survey: ces, answered: false}", True, "ces: not answered"),
        ("{survey: ces, score_at_most: 10}", False, "ces: not answered"),
        ("{trial: {day_at_least: 4}}", True, "day 4 of the trial"),
        ("{trial: {ends_within: 10d}}", False, "trial ends in 11 days"),
        ("{trial: {ended_by: 0d}}", False, "trial ends in 11 days"),
        ("{all: [{persona: kevin}, {did: dance}, {stage: adopted}]}", False, None),
        ("{any: [{persona: kevin}, {did: dance}]}", True, "persona is kevin"),
        ("{any: [{persona: wilma}, {did_not: login}]}", False, "persona is kevin; login: 1 hour ago"),
        ("{not: {milestone: first_value}}", True, "first_value: not reached"),
    ],
)
def test_a_leaf_holds_or_not_and_says_why(text: str, holds: bool, because: str | None) -> None:
    answer = condition(text).answer(ADA, NOON)

    assert answer.holds is holds
    assert answer.because == (because or "dance: 0 (asked: at least 1) and stage is assessing")


@pytest.mark.parametrize(
    ("text", "holds", "because"),
    [
        ("{trial: {day_at_least: 1}}", False, "no trial"),
        ("{driver: save_time}", False, "driver is not stated"),
        ("{silent_for: 2d}", True, "silent for 2 days (asked: 2 days)"),
        ("{did: login}", False, "login: 0 (asked: at least 1)"),
    ],
)
def test_little_is_known_of_a_lead(text: str, holds: bool, because: str) -> None:
    assert condition(text).answer(BO, NOON)[:2] == (holds, because)


def test_a_segment_means_its_condition_and_says_its_name() -> None:
    snapshot = ADA._replace(segments={"builders": condition("{persona: kevin}")})

    answer = condition("{segment: builders}").answer(snapshot, NOON)

    assert answer == (True, "segment builders: persona is kevin", None)


@pytest.mark.parametrize(
    ("text", "flips_in"),
    [
        ("{trait: role, is: developer}", None),
        ("{stage_for: {at_least: 4d}}", DAY),
        ("{stage_for: {at_least: 3d}}", None),
        ("{silent_for: 2h}", HOUR),
        ("{did: login}", None),
        ("{did: login, at_least: 2, within: 4h}", 2 * HOUR),
        ("{did: login, at_least: 4, within: 4d}", None),
        ("{did: login, at_most: 1, within: 4h}", 2 * HOUR),
        ("{did: login, at_most: 5, within: 4h}", None),
        ("{did_not: login, within: 3h}", 2 * HOUR),
        ("{trial: {day_at_least: 5}}", DAY),
        ("{trial: {ends_within: 10d}}", DAY),
        ("{trial: {ends_within: 12d}}", 11 * DAY),
        ("{trial: {ended_by: 3d}}", 14 * DAY),
        ("{not: {silent_for: 2h}}", HOUR),
        ("{all: [{silent_for: 2h}, {trial: {ended_by: 0d}}]}", 11 * DAY),
        ("{all: [{silent_for: 2h}, {stage: adopted}]}", None),
        ("{any: [{silent_for: 2h}, {stage: adopted}]}", HOUR),
        ("{any: [{did: login, within: 2h}, {did: login, within: 3h}]}", 2 * HOUR),
        ("{any: [{did: login, within: 2h}, {persona: kevin}]}", None),
    ],
)
def test_time_alone_changes_the_answer_just_then(text: str, flips_in: Any) -> None:
    asked = condition(text)
    answer = asked.answer(ADA, NOON)

    assert answer.flips_at == (None if flips_in is None else NOON + flips_in)
    if answer.flips_at is not None:
        assert asked.answer(ADA, answer.flips_at).holds is not answer.holds
