"""Whoever is wanted is found, in the order asked for, page by page without a gap, on both databases."""

from collections import Counter
from datetime import timedelta

import pytest

from nurture.store import people
from nurture.store.people import SORTS
from nurture.store.session import Session, Sessions
from nurture.store.wanted import NOBODY, Wanted
from tests.store.rows import DAY, HOUR, MONDAY, customer, enrollment, event, put

NOW = MONDAY + 10 * DAY


@pytest.fixture
def town(sessions: Sessions) -> Sessions:
    """Ada and Bo in a trial, Cy who adopted and is held, Dee who is only a lead and was set aside."""

    def settle_in(session: Session) -> None:
        customer(session, "ada", persona="wilma", owner="ana", trial_ends_at=NOW + 2 * DAY)
        customer(
            session, "bo", persona="kevin", traits={"name": "Bo Ek", "company": '100% "\u00c4rende"', "plan": "ada"}
        )
        customer(session, "cy", MONDAY + 6 * DAY, stage="adopted", trial_ends_at=NOW - DAY, held_at=NOW)
        customer(session, "dee", MONDAY + HOUR, stage="considering", ext_id=None, failures=1, traits={})
        put(session, "milestones", customer_id="cus_bo", milestone="first_report", at=MONDAY, because="report_created")
        enrollment(session, "cus_ada", "first-win")
        enrollment(session, "cus_ada", "trial-ending", step="plans", due_at=MONDAY + 2 * DAY)
        enrollment(session, "cus_bo", "first-win", step="later")
        enrollment(session, "cus_cy", "first-win", state="finished", step=None, due_at=None, ended_at=MONDAY + DAY)
        event(session, "cus_ada", "report_viewed", MONDAY + 9 * DAY)
        event(session, "cus_bo", "report_viewed", MONDAY + 2 * DAY)
        event(session, "cus_bo", "moved_by_hand", MONDAY + 9 * DAY)

    sessions.write(settle_in)
    return sessions


def names(rows: list[people.Listed]) -> str:
    return " ".join(one.id.removeprefix("cus_") for one in rows)


ASKED = [
    (Wanted(), "dee cy bo ada"),
    (Wanted(q="ADA"), "ada"),
    (Wanted(q="o e"), "bo"),
    (Wanted(q='% "\u00c4r'), "bo"),
    (Wanted(q="_"), ""),  # a sign like any other, and our own ids count from their beginning alone
    (Wanted(q="CUS_a"), "ada"),
    (Wanted(q="company"), ""),  # a trait's name is no customer's
    (Wanted(stage=("assessing",)), "bo ada"),
    (Wanted(stage=("adopted", "considering")), "dee cy"),
    (Wanted(days=10), "bo ada"),
    (Wanted(persona=("wilma",)), "ada"),
    (Wanted(persona=("kevin", NOBODY)), "dee cy bo"),
    (Wanted(has=("first_report",)), "bo"),
    (Wanted(stage=("assessing",), no=("first_report", "first_value")), "ada"),
    (Wanted(journey="first-win"), "bo ada"),
    (Wanted(journey="first-win", step="hello"), "ada"),
    (Wanted(journey="first-win", state="finished"), "cy"),
    (Wanted(owner=("ana",)), "ada"),
    (Wanted(owner=(NOBODY,)), "dee cy bo"),
    (Wanted(trial=3), "ada"),
    (Wanted(silent=7), "dee bo"),
    (Wanted(aside=True), "dee"),
    (Wanted(held=True), "cy"),
    (Wanted(stage=("assessing",), days=7, no=("first_report",), persona=("wilma",)), "ada"),
]


def test_each_part_narrows_the_list_and_its_number(town: Sessions) -> None:
    with town.read() as session:
        pages = [people.page(session, wanted, NOW).rows for wanted, _ in ASKED]
        numbers = [people.count(session, wanted, NOW) for wanted, _ in ASKED]
        batches = [people.matching(session, wanted, NOW) for wanted, _ in ASKED]
        stages = [people.stages_among(session, wanted, NOW) for wanted, _ in ASKED if not wanted.stage]

    assert [names(rows) for rows in pages] == [said for _, said in ASKED]
    assert numbers == [len(said.split()) for _, said in ASKED]
    assert [sorted(one.id for one in rows) for rows in pages] == batches
    unstaged = [rows for rows, (wanted, _) in zip(pages, ASKED, strict=True) if not wanted.stage]
    assert stages == [Counter(one.stage for one in rows) for rows in unstaged]


def test_a_row_says_where_they_stand_and_what_is_next(town: Sessions) -> None:
    with town.read() as session:
        *_, ada = people.page(session, Wanted(), NOW).rows
        again = people.listed(session, ["cus_ada", "cus_gone"])

    assert (ada.owner, ada.journey, ada.step) == ("ana", "first-win", "hello")  # looked at again before the other
    assert (ada.heard_at, ada.held_at) == (MONDAY + 9 * DAY, None)
    assert again == [ada]


ORDERS = {
    "newest": "dee cy bo ada",
    "trial": "ada cy bo dee",
    "stage": "ada bo dee cy",
    "name": "ada bo cy dee",
    "activity": "ada cy bo dee",
}


def test_every_order_is_read_page_by_page_without_a_gap(town: Sessions) -> None:
    with town.read() as session:
        for sort, said in ORDERS.items():
            read, cursor = [], ""
            for _ in range(4):
                found = people.page(session, Wanted(), NOW, sort=sort, cursor=cursor, limit=1)
                read += found.rows
                cursor = found.cursor
            assert (names(read), cursor) == (said, "")
    assert ORDERS.keys() == SORTS.keys()


def test_who_comes_meanwhile_parts_no_page(town: Sessions) -> None:
    with town.read() as session:
        first = people.page(session, Wanted(), NOW, sort="stage", limit=2)
    town.write(lambda session: customer(session, "eve", MONDAY - timedelta(days=1)))
    with town.read() as session:
        second = people.page(session, Wanted(), NOW, sort="stage", cursor=first.cursor, limit=2)

    assert f"{names(first.rows)} {names(second.rows)}" == "ada bo dee cy"


def test_the_part_that_keeps_most_away_is_known(town: Sessions) -> None:
    wanted = Wanted(stage=("assessing",), persona=("wilma",), trial=3, held=True)
    with town.read() as session:
        assert people.without_each(session, wanted, NOW) == {"stage": 0, "persona": 0, "trial": 0, "held": 1}
        assert people.without_each(session, Wanted(), NOW) == {}
        assert people.stages(session) == {"assessing": 2, "adopted": 1, "considering": 1}


def test_a_batch_goes_on_where_the_last_one_ended(town: Sessions) -> None:
    with town.read() as session:
        first = people.matching(session, Wanted(), NOW, limit=3)
        rest = people.matching(session, Wanted(), NOW, after=first[-1], limit=3)

    assert [*first, *rest] == ["cus_ada", "cus_bo", "cus_cy", "cus_dee"]
