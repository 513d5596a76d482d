"""People come in and go on at the pace that was chosen, and a publish says what it would do to those inside."""

from datetime import datetime, timedelta

import orjson

from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.intake import Newcomer, sign_up
from nurture.flow.publish import Choices, go_on, impact, publish, undo_publish
from nurture.flow.publish.foreseen import Load, Wait
from nurture.flow.publish.variables import Variable
from nurture.store import publishing
from nurture.store.schema import moment
from tests.engine.builders import journey
from tests.stories.crowd import AT, MINUTES, NAME, NOW, V2, path, settle_all, stand, whole
from tests.stories.town import KEYS

OTHER = journey("[{id: w, do: wait, for: 30d}]", key="other")


def inside(ground: Ground, step: str) -> int:
    return sum(people for (_, where), people in stand(ground).items() if where == step)


def test_people_outside_are_let_in_no_faster_than_asked(crowd: Ground) -> None:
    publish(crowd, {("journey", "other"): OTHER}, "ada", "", AT, people=Choices(enter=True, per_hour=120))
    seen = []
    for minutes in (0, 59, 60, 60, 119, 120, 180):
        restarted = Ground(crowd.sessions, Shelf(), Seals(KEYS))  # as after a crash: nothing is known but the rows
        settle_all(restarted, Moment(NOW + minutes * MINUTES, NOW))
        seen.append(inside(crowd, "w"))

    assert seen == [120, 120, 240, 240, 240, 300, 300]
    with crowd.sessions.read() as session:
        assert publishing.unfinished(session) is None


def test_who_came_late_in_the_hour_still_counts_in_the_next(crowd: Ground) -> None:
    publish(crowd, {("journey", "other"): OTHER}, "ada", "", AT, people=Choices(enter=True, per_hour=150))
    go_on(crowd, AT)
    at_first = inside(crowd, "w")
    settle_all(crowd, Moment(NOW + 50 * MINUTES, NOW))

    settle_all(crowd, Moment(NOW + 60 * MINUTES, NOW))

    assert inside(crowd, "w") == 150 + at_first
    settle_all(crowd, Moment(NOW + 110 * MINUTES, NOW))
    assert inside(crowd, "w") == 300


def test_what_waits_for_the_hour_holds_up_no_later_publish(crowd: Ground) -> None:
    publish(crowd, {("journey", "other"): OTHER}, "ada", "", AT, people=Choices(enter=True, per_hour=10))
    settle_all(crowd, AT)

    publish(crowd, {NAME: V2}, "ada", "", AT, people=Choices(at_once=10))
    settle_all(crowd, AT)

    assert stand(crowd) == {(2, "a"): 100, (2, "c"): 200, (1, "w"): 10}
    settle_all(crowd, Moment(NOW + 60 * MINUTES, NOW))
    assert inside(crowd, "w") == 20


def test_a_later_publish_of_the_journey_or_an_undo_ends_the_letting_in(crowd: Ground) -> None:
    choices, later = Choices(enter=True, per_hour=10), Moment(NOW + 60 * MINUTES, NOW)
    publish(crowd, {("journey", "other"): OTHER}, "ada", "", AT, people=choices)
    settle_all(crowd, AT)
    soon = Moment(NOW + 5 * MINUTES, NOW)
    newer = publish(crowd, {("journey", "other"): OTHER + "# once more\n"}, "ada", "", soon)
    undo_publish(crowd, newer.revision, "ada", soon)
    settle_all(crowd, later)
    after_publish = inside(crowd, "w")

    again = publish(crowd, {("journey", "other"): OTHER + "# again\n"}, "ada", "", later, people=choices)
    settle_all(crowd, later)
    undo_publish(crowd, again.revision, "ada", later)
    settle_all(crowd, Moment(NOW + 180 * MINUTES, NOW))

    assert after_publish == 10
    assert inside(crowd, "w") == 10


SHORTER = path("a:1h", "@one", "b:29d", "c:30d")  # who stands at a came an hour ago


def turns(ground: Ground) -> list[datetime]:
    """When time may move those on who stand at `a`, in order."""
    with ground.sessions.read() as session:
        rows = session.rows("SELECT due_at FROM enrollments WHERE state = 'active' AND step = 'a' ORDER BY due_at")
    return [moment(due_at) for (due_at,) in rows]


def test_whom_a_shorter_wait_makes_due_go_on_one_after_another(crowd: Ground) -> None:
    documents = {name: text for name, text in whole(SHORTER).items() if name[0] in ("journey", "email")}
    choices = Choices(spread=timedelta(hours=2), at_once=40)
    publish(crowd, documents, "ada", "", AT, people=choices)
    gone_on = []
    for minutes in (0, 30, 60, 90, 120):
        settle_all(Ground(crowd.sessions, Shelf(), Seals(KEYS)), Moment(NOW + minutes * MINUTES, NOW))
        gone_on.append(100 - len({*turns(crowd)}))

    assert [abs(n - expected) <= 2 for n, expected in zip(gone_on, (1, 26, 51, 76, 100), strict=True)] == [True] * 5
    assert gone_on[-1] == 100


def test_the_preview_tells_of_a_shorter_wait_who_goes_on_at_once(crowd: Ground) -> None:
    text = path("a:30d", "b:30d", "c:62d", more="# c waits longer\n")
    other = path("a:30d", "b:31d", "c:30d")
    shorter = path("{id: a, do: wait_for, what: {milestone: first_value}, up_to: 30m}", "@one", "b:30d", "c:30d")
    documents = {name: said for name, said in whole(shorter).items() if name[0] in ("journey", "email")}
    half = Moment(NOW - 40 * MINUTES, NOW)
    sign_up(crowd, Newcomer("dee", "dee@customer.example", NOW, "signups", "dee"), AT)

    found = [impact(crowd, {NAME: one}, Choices(), AT).journeys[0].waits for one in (text, other)]
    [due] = impact(crowd, documents, Choices(), AT).journeys[0].waits
    [early] = impact(crowd, documents, Choices(), half).journeys[0].waits
    kept = impact(crowd, documents, Choices("keep"), AT).journeys[0].waits

    assert found == [
        (Wait(1, "c", "30 days", "62 days", 100, 100, 0),),
        (Wait(1, "b", "30 days", "31 days", 100, 100, 0),),
    ]
    assert due == Wait(1, "a", "30 days", "30 minutes", 101, 101, 100)
    assert early.over == 0
    assert kept == ()


CARE = "{id: call, do: care, task: call, due: 1d}"


def test_the_preview_tells_how_many_care_tasks_each_would_have(crowd: Ground) -> None:
    text = path(
        "a:30m", CARE, CARE.replace("id: call", "id: second").replace("due", "owner: lead, due"), "b:30d", "c:30d"
    )
    documents = {name: said for name, said in whole(text).items() if name[0] in ("journey", "task")}

    post = impact(crowd, documents, Choices(), AT).post

    assert post.tasks == (Load("ana", "Ana", 0, 100), Load("lead", "Lea", 0, 100))
    assert (post.before, post.after) == (0, 0)


WORDS = """---
subject: "{{ customer.traits.plan_goal | default('Your goal', true) }}"
sender: success
topic: tips
---
Hi {{ customer.first_name | default('there', true) }}, {% if customer.company %}of {{ customer.company }}{% endif %}
"""


def test_the_preview_tells_of_how_many_a_letter_knows_too_little(crowd: Ground) -> None:
    written = path("a:30d", "@one", "b:30d", "c:30d")
    publish(crowd, {n: t for n, t in whole(written).items() if n[0] in ("journey", "email")}, "ada", "", AT)
    for n in range(10):
        traits = {"plan_goal": "more"} if n < 4 else {}
        who = Newcomer(f"n{n}", f"n{n}@customer.example", NOW, "signups", f"n{n}", traits={**traits, "name": "Dee"})
        sign_up(crowd, who, AT)
    text = orjson.dumps({"email.md": WORDS}).decode()

    found = impact(crowd, {("email", "one"): text}, Choices(), AT)

    assert found.variables == (
        Variable("one", "customer.company", "", 10, 10),
        Variable("one", "customer.first_name", "there", 0, 10),
        Variable("one", "customer.traits.plan_goal", "Your goal", 6, 10),
    )
    assert found.post.of == 0
