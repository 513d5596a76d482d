"""POST /v1/simulations: what is published, what is only a draft, a saved scenario, somebody real."""

import json
from typing import Any

import pytest

from nurture.flow.folder import read_folder
from nurture.flow.publish import publish
from nurture.settings import ROOT
from tests.web.product import Product, refusal, told

JOURNEY = read_folder(ROOT)["journey", "first-win"]


def simulated(product: Product, **asked: Any) -> Any:
    return told(
        product.client.post("/v1/simulations", json={"journey": "first-win", **asked}, headers=product.key("read"))
    )


def test_letters_come_with_their_words_and_the_reach_names_the_rest(product: Product) -> None:
    transcript = simulated(product, persona="wilma", **{"from": "2026-01-05T09:00:00Z"})

    letter = next(step for step in transcript["steps"] if step["do"] == "letter")
    assert (letter["message"], letter["variant"]) == ("welcome", "wilma")
    assert letter["subject"]
    (reach,) = transcript["reach"]
    assert reach["journey"] == "first-win"
    assert "nudge-data" in reach["reached"]
    assert "suggest-sharing" in reach["missed"]
    assert (transcript["problems"], transcript["left_out"]) == ([], [])


def test_a_draft_is_walked_without_being_published(product: Product) -> None:
    draft = {"kind": "journey", "key": "first-win", "text": JOURNEY.replace("up_to: 2d", "up_to: 1d", 1)}

    sooner, published = (
        simulated(product, persona="wilma", documents=documents, **{"from": "2026-01-05T09:00:00Z"})
        for documents in ([draft], [])
    )

    moments = [next(step["at"] for step in one["steps"] if step["step"] == "nudge-data") for one in (sooner, published)]
    assert [at[:10] for at in moments] == ["2026-01-06", "2026-01-07"]


def test_a_draft_is_walked_up_to_its_first_broken_step_and_its_problems_are_told(product: Product) -> None:
    draft = {"kind": "journey", "key": "first-win", "text": JOURNEY.replace("trial: start", "trail: start")}

    transcript = simulated(product, persona="wilma", documents=[draft])

    assert any("trail" in problem["message"] for problem in transcript["problems"])
    assert all(step["step"] != "half-time" for step in transcript["steps"])
    assert any(step["step"] == "nudge-report" for step in transcript["steps"])


def test_a_saved_scenario_is_lived_and_held_against_what_it_expects(product: Product) -> None:
    text = json.dumps(
        {
            "id": "quick",
            "journey": "first-win",
            "from": "2026-03-02T09:00:00Z",
            "days": 3,
            "script": [{"on_day": 2, "care": "call-about-their-question", "outcome": "booked"}],
            "expects": ["welcome"],
        }
    )
    parts = product.harbour.parts
    publish(parts.ground, {("scenario", "quick"): text}, "a test", "", parts.look())

    transcript = simulated(product, scenario="quick")

    assert transcript["differs"] == "expects welcome; now it is welcome, nudge-data"
    assert "nobody is asked for 'call-about-their-question'" in transcript["left_out"][0]


@pytest.mark.parametrize(
    ("asked", "loc", "says"),
    [
        ({"persona": "wilma", "scenario": "x"}, "persona", "give one of"),
        ({"scenario": "x"}, "scenario", "is not in the playbook"),
        ({"customer": "u-nobody"}, "customer", "nobody we know"),
        ({"customer": "u-ada", "from": "2026-01-05T09:00:00Z"}, "from", "from now on"),
        ({"documents": [{"kind": "policy", "key": "policy", "text": "caps: 3"}]}, "documents", "config/policy.yaml"),
        ({"documents": [{"kind": "policy", "key": "other", "text": "caps: []"}]}, "documents", "there is one policy"),
        ({"documents": [{"kind": "email", "key": "welcome", "text": "Hello"}]}, "documents.0", "a JSON map"),
        ({"documents": [{"kind": "poem", "key": "x", "text": ""}]}, "documents.0.kind", "input should be"),
    ],
)
def test_what_cannot_be_simulated_is_refused(product: Product, asked: Any, loc: str, says: str) -> None:
    answer = product.client.post("/v1/simulations", json={"journey": "first-win", **asked}, headers=product.key("read"))

    (wrong, *_) = refusal(answer, 422)["errors"]
    assert wrong["loc"] == loc
    assert says in wrong["msg"]
