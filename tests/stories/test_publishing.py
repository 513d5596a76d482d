"""What a publish does to people is what its preview said, and within ten minutes it can all be undone."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from nurture.engine.plan import Misrouted
from nurture.flow.ground import Ground, Moment, Seals, Shelf
from nurture.flow.intake import Newcomer, sign_up
from nurture.flow.publish import Choices, Impact, Stale, TooLate, go_on, impact, publish, rollback, undo_publish
from nurture.flow.publish.moving import BATCH
from nurture.store import documents
from nurture.store.schema import moment
from tests.engine.builders import journey
from tests.stories.crowd import AT, MINUTES, NAME, NOW, V1, V2, path, settle_all, stand, whole
from tests.stories.town import KEYS


def places(ground: Ground) -> set[tuple[str, int, str, datetime]]:
    """Where each of them stands, and since when."""
    with ground.sessions.read() as session:
        rows = session.rows("SELECT customer_id, revision, step, since FROM enrollments WHERE state = 'active'")
    return {(key, revision, step, moment(since)) for key, revision, step, since in rows}


def foreseen(preview: Impact) -> Counter[tuple[int, str | None]]:
    """How many will stand where, by the preview."""
    found: Counter[tuple[int, str | None]] = Counter()
    for one in preview.journeys[0].groups:
        version = one.version if one.becomes.do == "keeps" else preview.journeys[0].version
        found[version, one.becomes.step] += one.people
    return found


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (Choices(), {(2, "a"): 100, (2, "c"): 200}),
        (Choices("keep"), {(1, "a"): 100, (1, "b"): 100, (1, "c"): 100}),
        (
            Choices(reroute={"path": {"a": "leave", "b": "keep", "c": "new"}}),
            {(2, None): 100, (1, "b"): 100, (2, "new"): 100},
        ),
        (Choices("keep", {"path": {"b": "d"}}), {(1, "a"): 100, (2, "d"): 100, (1, "c"): 100}),
    ],
    ids=["move", "keep", "reroute", "reroute one"],
)
def test_people_stand_where_the_preview_said(
    crowd: Ground, choices: Choices, expected: Mapping[tuple[int, str | None], int]
) -> None:
    preview = impact(crowd, {NAME: V2}, choices, AT)
    publish(crowd, {NAME: V2}, "ada", "", AT, people=choices._replace(token=preview.token))

    assert stand(crowd) == foreseen(preview) == expected
    assert preview.journeys[0].people == 300
    settle_all(crowd, AT)
    assert stand(crowd) == expected


VETERANS = "id: veterans\nname: Veterans\nwhen: {trial: {day_at_least: 60}}\n"
ROOKIES = "id: rookies\nname: Rookies\nwhen: {not: {trial: {day_at_least: 2}}}\n"


def test_a_cohort_has_a_choice_of_its_own(crowd: Ground) -> None:
    documents = {NAME: V2, ("segment", "veterans"): VETERANS, ("segment", "rookies"): ROOKIES}
    choices = Choices(cohorts={"veterans": "keep", "rookies": "leave"}, at_once=150)

    preview = impact(crowd, documents, choices, AT)
    publish(crowd, documents, "ada", "", AT, people=choices._replace(token=preview.token))
    settle_all(crowd, AT)

    assert stand(crowd) == foreseen(preview) == {(1, "c"): 100, (2, None): 100, (2, "c"): 100}
    assert {group.cohort for group in preview.journeys[0].groups} == {"veterans", "rookies", ""}
    with pytest.raises(Misrouted, match="veterans"):
        impact(crowd, {NAME: V1}, Choices(cohorts={"veteran": "keep"}), AT)


def test_the_preview_tells_who_is_past_a_new_step_and_how_many_letters_go(crowd: Ground) -> None:
    text = path("a:30d", "new:1d", "b:1d", "@one", "c:30d")
    documents = {name: text for name, text in whole(text).items() if name[0] in ("journey", "email")}

    preview = impact(crowd, documents, Choices(), AT)

    assert preview.journeys[0].passed == {"new": 200, "one": 100}
    assert (preview.post.before, preview.post.after) == (0, 100)
    assert (preview.post.people, preview.post.of) == (300, 300)
    assert preview.journeys[0].outside == 0
    assert stand(crowd) == {(1, "a"): 100, (1, "b"): 100, (1, "c"): 100}


def test_everybody_is_told_on_their_timeline(crowd: Ground) -> None:
    publish(crowd, {NAME: V2}, "ada", "", AT, people=Choices())

    with crowd.sessions.read() as session:
        told = session.rows("SELECT body FROM decisions WHERE cause = 'publish'")
        moves = session.rows("SELECT COUNT(*) FROM moves WHERE playbook = 2")[0][0]
    said = Counter("b is gone, c is next" in body for (body,) in told)
    assert (len(told), moves) == (300, 300)
    assert said == {False: 200, True: 100}


def test_a_rollback_restores(crowd: Ground) -> None:
    before = places(crowd)
    publish(crowd, {NAME: path("a:10d", "new:1d", "b:40d", "c:30d")}, "ada", "", AT, people=Choices())
    between = places(crowd)

    rollback(crowd, NAME, 1, "ada", "as it was", AT, people=Choices())

    assert len({revision for _, revision, *_ in between}) == 1
    assert {(key, step, since) for key, _, step, since in between} == {(key, *rest) for key, _, *rest in before}
    assert places(crowd) == {(key, 3, step, since) for key, _, step, since in before}
    with crowd.sessions.read() as session:
        assert documents.published(session)[1][NAME] == (3, V1)


def test_an_undo_puts_everybody_back(crowd: Ground) -> None:
    before = places(crowd)
    choices = Choices(reroute={"path": {"a": "leave", "c": "new"}})
    published = publish(crowd, {NAME: V2}, "ada", "", AT, people=choices)
    settle_all(crowd, AT)

    undone = undo_publish(crowd, published.revision, "bo", Moment(NOW + 9 * MINUTES, NOW))

    assert places(crowd) == before
    assert (undone.revision, undone.restored, undone.moved_on) == (3, 300, ())
    with crowd.sessions.read() as session:
        assert documents.published(session)[1][NAME] == (1, V1)


def test_after_ten_minutes_or_another_publish_there_is_no_undo(crowd: Ground) -> None:
    publish(crowd, {NAME: V2}, "ada", "", AT, people=Choices())

    with pytest.raises(TooLate, match=r"more than ten minutes ago.*roll back"):
        undo_publish(crowd, 2, "ada", Moment(NOW + 11 * MINUTES, NOW))
    publish(crowd, {NAME: V1}, "ada", "", AT, people=Choices())
    with pytest.raises(TooLate, match="something else was published"):
        undo_publish(crowd, 2, "ada", AT)
    undo_publish(crowd, 3, "ada", AT)
    with pytest.raises(TooLate):
        undo_publish(crowd, 3, "ada", AT)
    assert stand(crowd) == {(2, "a"): 100, (2, "c"): 200}


def test_a_preview_goes_stale(crowd: Ground) -> None:
    preview = impact(crowd, {NAME: V2}, Choices(), AT)
    shown = Choices(token=preview.token)

    with pytest.raises(Stale, match="documents"):
        publish(crowd, {NAME: V1 + "# more\n"}, "ada", "", AT, people=shown)
    with pytest.raises(Stale, match="no token"):
        publish(crowd, {NAME: V2}, "ada", "", AT, people=Choices(token="abc"))
    later = Moment(NOW + timedelta(days=29), NOW)
    settle_all(crowd, later)
    with pytest.raises(Stale, match="people have moved on"):
        publish(crowd, {NAME: V2}, "ada", "", later, people=shown)
    with crowd.sessions.read() as session:
        assert documents.revision_number(session) == 1


def test_one_person_more_or_less_is_still_what_was_shown(crowd: Ground) -> None:
    preview = impact(crowd, {NAME: V2}, Choices(), AT)
    sign_up(crowd, Newcomer("dee", "dee@customer.example", NOW, "signups", "dee"), AT)

    publish(crowd, {NAME: V2}, "ada", "", AT, people=Choices(token=preview.token))

    assert stand(crowd) == {(2, "a"): 101, (2, "c"): 200}


def test_nobody_is_sent_to_a_step_that_is_not_there(crowd: Ground) -> None:
    for step in ("b", "where-nobody-stands"):
        with pytest.raises(Misrouted):
            publish(crowd, {NAME: V2}, "ada", "", AT, people=Choices("keep", {"path": {step: "nowhere"}}))
    lost = Choices(reroute={"path": {"b": "nowhere"}})
    with pytest.raises(Misrouted):
        publish(crowd, {NAME: V2}, "ada", "", AT, dry_run=True, people=lost)

    assert stand(crowd) == {(1, "a"): 100, (1, "b"): 100, (1, "c"): 100}


def test_a_publish_starts_nobody_unless_asked(crowd: Ground) -> None:
    other = journey("[{id: w, do: wait, for: 30d}]", key="other")

    preview = impact(crowd, {("journey", "other"): other}, Choices(), AT)
    publish(crowd, {("journey", "other"): other}, "ada", "", AT, people=Choices())
    settle_all(crowd, AT)
    before = stand(crowd)
    publish(crowd, {("journey", "other"): other + "# again\n"}, "ada", "", AT, people=Choices(enter=True))
    settle_all(crowd, AT)

    assert (preview.journeys[0].outside, preview.journeys[0].asked, preview.journeys[0].candidates) == (300, 300, 300)
    assert sum(before.values()) == 300
    assert stand(crowd) - before == {(2, "w"): 300}


def test_who_does_not_meet_the_entry_is_not_even_asked(crowd: Ground) -> None:
    other = journey("[{id: w, do: wait, for: 30d}]", "{stage: assessing, when: {persona: kevin}}", key="other")

    publish(crowd, {("journey", "other"): other}, "ada", "", AT, people=Choices(enter=True))
    settle_all(crowd, AT)

    assert sum(stand(crowd).values()) == 300
    with crowd.sessions.read() as session:
        assert session.rows("SELECT COUNT(*) FROM decisions WHERE cause = 'publish'") == [(0,)]


def test_whom_a_publish_let_in_its_undo_lets_out(crowd: Ground) -> None:
    other = journey("[{id: hello, do: email, email: hello}, {id: w, do: wait, for: 30d}]", key="other")
    documents = {name: text for name, text in whole(other).items() if name[0] in ("journey", "email")}
    publish(crowd, documents, "ada", "", AT, people=Choices(enter=True))
    for _ in range(2):
        go_on(crowd, AT)
    entered = stand(crowd)[1, "w"]

    undone = undo_publish(crowd, 2, "ada", AT)
    settle_all(crowd, AT)

    assert 0 < undone.ended == undone.letters == entered <= 300
    assert stand(crowd)[1, "w"] == 0
    with crowd.sessions.read() as session:
        assert session.rows("SELECT DISTINCT state FROM messages") == [("cancelled",)]


def test_a_crash_between_batches_leaves_nobody_behind(crowd: Ground) -> None:
    with crowd.sessions.read() as session:
        batch = BATCH[session.dialect]
    published = publish(crowd, {NAME: V2}, "ada", "", AT, people=Choices(at_once=10))
    at_first = stand(crowd)
    restarted = Ground(crowd.sessions, Shelf(), Seals(KEYS))

    batches = 0
    while go_on(restarted, AT):
        batches += 1

    assert sum(people for (version, _), people in at_first.items() if version == 2) == 10
    assert stand(crowd) == {(2, "a"): 100, (2, "c"): 200}
    assert batches >= 300 // batch
    with crowd.sessions.read() as session:
        moved = session.rows("SELECT COUNT(*) FROM moves WHERE playbook = :n", {"n": published.revision})
    assert moved == [(300,)]


def test_an_undo_stops_the_batches(crowd: Ground) -> None:
    before = places(crowd)
    publish(crowd, {NAME: V2}, "ada", "", AT, people=Choices(at_once=10))

    undone = undo_publish(crowd, 2, "ada", AT)
    settle_all(crowd, AT)

    assert undone.restored == 10
    assert places(crowd) == before


def test_a_change_of_the_lifecycle_names_whom_it_moves(crowd: Ground) -> None:
    lifecycle = whole(V1)["lifecycle", "lifecycle"]
    text = f"{lifecycle.rstrip()}\n  - {{from: [assessing], to: at_risk, when: {{silent_for: 40d}}}}\n"

    preview = impact(crowd, {("lifecycle", "lifecycle"): text}, Choices(), AT)

    assert preview.turns.asked == 300
    assert preview.turns.stages == {("assessing", "at_risk"): 100}
    assert {turn.email[0] for turn in preview.turns.named} == {"c"}
    assert len(preview.turns.named) == 50
