"""Customers are found by any name they have, listed a page at a time, and counted where they stand."""

from typing import Any

import pytest

from nurture.engine.decision import Reached, StageChange
from nurture.store import customers
from nurture.store.session import Session, Sessions
from tests.store.rows import DAY, HOUR, MONDAY, customer, enrollment, put


@pytest.fixture
def town(sessions: Sessions) -> Sessions:
    """Ada and Bo in a trial, Cy who adopted, Dee who is only a lead."""

    def people(session: Session) -> None:
        customer(session, "ada", persona="wilma", zone="Europe/Lisbon", trial_ends_at=MONDAY + 14 * DAY)
        customer(session, "bo", persona="kevin", traits={"name": "Bo Ek", "company": "100% Ärende", "plan": "ada"})
        customer(session, "cy", persona="wilma", stage="adopted")
        customer(session, "dee", stage="considering", ext_id=None)
        enrollment(session, "cus_ada", "first-win")
        enrollment(session, "cus_bo", "first-win", step="later")
        enrollment(session, "cus_cy", "first-win", state="finished", step=None, due_at=None, ended_at=MONDAY + DAY)

    sessions.write(people)
    return sessions


def names(page: customers.Page) -> list[str]:
    return [one.id.removeprefix("cus_") for one in page.customers]


def test_a_customer_is_found_by_any_name(town: Sessions) -> None:
    names = {
        "u-ada": "cus_ada",
        "cus_ada": "cus_ada",
        "email:ADA@Example.com": "cus_ada",
        "email:dee@example.com": "cus_dee",
        "cus_dee": "cus_dee",
        "u-ghost": None,
        "ada@example.com": None,
        "email:ghost@example.com": None,
        "email:not an address": None,
        "": None,
    }

    with town.read() as session:
        found = {name: customers.find(session, name) for name in names}

    assert {name: one and one.id for name, one in found.items()} == names


def test_a_customer_comes_as_values_with_aware_moments(town: Sessions) -> None:
    with town.read() as session:
        ada = customers.find(session, "u-ada")

    assert ada is not None
    assert (ada.user_id, ada.email, ada.stage, ada.persona, ada.zone) == (
        "u-ada",
        "ada@example.com",
        "assessing",
        "wilma",
        "Europe/Lisbon",
    )
    assert (ada.trial_ends_at, ada.due_at, ada.traits) == (MONDAY + 14 * DAY, None, {"name": "Ada"})
    assert ada.persona_locked is False


def test_an_address_means_the_lead_who_has_it(town: Sessions) -> None:
    town.write(lambda session: customer(session, "eve", email="dee@example.com"))
    with town.read() as session:
        found = customers.find(session, "email:dee@example.com")

    assert found is not None
    assert found.id == "cus_dee"


def test_an_address_that_two_users_share_means_neither(town: Sessions) -> None:
    town.write(lambda session: customer(session, "eve", email="ada@example.com"))
    with town.read() as session:
        assert customers.find(session, "email:ada@example.com") is None


def test_the_products_own_id_goes_before_ours(town: Sessions) -> None:
    town.write(lambda session: customer(session, "eve", ext_id="cus_ada"))
    with town.read() as session:
        found = customers.find(session, "cus_ada")

    assert found is not None
    assert found.id == "cus_eve"


def test_a_page_is_narrowed_by_each_condition(town: Sessions) -> None:
    with town.read() as session:

        def listed(**wanted: Any) -> list[str]:
            return names(customers.page(session, **wanted))

        assert listed() == ["dee", "cy", "bo", "ada"]
        assert listed(stage="assessing") == ["bo", "ada"]
        assert listed(persona="wilma") == ["cy", "ada"]
        assert listed(persona="wilma", stage="adopted") == ["cy"]
        assert listed(journey="first-win") == ["bo", "ada"]
        assert listed(journey="first-win", step="later") == ["bo"]
        assert listed(journey="elsewhere") == []


def test_a_search_looks_at_names_company_address_and_ids_and_at_nothing_else(town: Sessions) -> None:
    sought = {
        "Bo E": ["bo"],
        "BO@EXAMPLE": ["bo"],
        "u-cy": ["cy"],
        "cus_dee": ["dee"],
        "100% Ä": ["bo"],
        "ada": ["ada"],  # and not Bo, whose plan is called that
        "a%a": [],
        "a_a": [],
        "' OR 1=1 --": [],
    }

    with town.read() as session:
        found = {search: names(customers.page(session, search=search)) for search in sought}

    assert found == sought


def test_pages_follow_each_other_and_end(town: Sessions) -> None:
    pages, cursor = [], None
    with town.read() as session:
        for _ in range(2):
            page = customers.page(session, limit=2, cursor=cursor)
            pages.append(names(page))
            cursor = page.cursor

    assert pages == [["dee", "cy"], ["bo", "ada"]]
    assert cursor is None


def test_customers_are_counted_by_stage_and_persona(town: Sessions) -> None:
    with town.read() as session:
        assert customers.counts(session) == [
            ("adopted", "wilma", 1),
            ("assessing", "kevin", 1),
            ("assessing", "wilma", 1),
            ("considering", None, 1),
        ]


def test_enrollments_are_counted_by_state_and_by_step(town: Sessions) -> None:
    with town.read() as session:
        assert customers.walking(session) == {("first-win", "active"): 2, ("first-win", "finished"): 1}
        assert customers.standing(session, "first-win") == {"hello": 1, "later": 1}


def test_the_past_of_a_customer_is_told_in_order(town: Sessions) -> None:
    def past(session: Session) -> None:
        for n, (before, after) in enumerate([(None, "assessing"), ("assessing", "adopted")], start=1):
            put(
                session,
                "stage_changes",
                customer_id="cus_cy",
                n=n,
                from_stage=before,
                to_stage=after,
                at=MONDAY + n * HOUR,
                because=f"reason {n}",
            )
        put(session, "milestones", customer_id="cus_cy", milestone="setup", at=MONDAY, because="did setup")
        enrollment(session, "cus_cy", "welcome", entered_at=MONDAY + HOUR)

    town.write(past)

    with town.read() as session:
        assert customers.stage_history(session, "cus_cy") == [
            StageChange(None, "assessing", MONDAY + HOUR, "reason 1"),
            StageChange("assessing", "adopted", MONDAY + 2 * HOUR, "reason 2"),
        ]
        assert customers.milestones_of(session, "cus_cy") == [Reached("setup", MONDAY, "did setup")]
        walks = customers.enrollments_of(session, "cus_cy")
        assert [(walk.journey, walk.state, walk.ended_at) for walk in walks] == [
            ("welcome", "active", None),
            ("first-win", "finished", MONDAY + DAY),
        ]
