"""What Prometheus reads: how late we are and what was counted, in its own format, and nothing of anybody."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from nurture.app import create_post
from nurture.flow import sending
from nurture.flow.handover import hand_over
from nurture.meters import Meters
from nurture.web import build
from tests.sqlite import SqliteFiles
from tests.web.harbour import Harbour, harbour_at, prepare


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        opened.parts = opened.parts._replace(meters=Meters())
        yield opened


@pytest.fixture
def client(harbour: Harbour) -> FlaskClient:
    return build(harbour.parts).test_client()


def read(client: FlaskClient) -> dict[str, float]:
    """Everything that is told: `name{label}` and its value."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        sample.name + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


def test_how_late_we_are_is_told(harbour: Harbour, client: FlaskClient) -> None:
    harbour.signs_up("ada")
    harbour.now = harbour.machine = harbour.now.replace(minute=7)

    late = read(client)

    assert (late["nurture_ready"], late["nurture_sending_held"]) == (1, 0)
    assert late["nurture_oldest_queued_seconds"] == 7 * 60

    sending.hold(harbour.parts.ground, "sam", harbour.look())
    assert read(client)["nurture_sending_held"] == 1


def test_letters_are_counted_by_what_became_of_them(harbour: Harbour, client: FlaskClient) -> None:
    harbour.signs_up("ada")
    harbour.signs_up("bo")
    post = create_post(harbour.parts.settings, harbour.parts)

    hand_over(harbour.parts.ground, post, harbour.look)
    post.close()

    assert read(client)["nurture_letters_total outcome=accepted"] == 2


def test_answers_are_counted_by_route_and_never_by_what_somebody_asked(client: FlaskClient) -> None:
    for n in range(5):
        client.get(f"/made/up/{n}")
        client.get(f"/v1/customers/u-ada-{n}")
    client.post("/v1/signups", data=b"{")

    told = read(client)

    assert told["nurture_answers_total door=none status=404"] == 5
    assert told["nurture_answers_total door=api.customers_one status=401"] == 5
    assert not [name for name in told if "ada" in name or "made" in name]


def test_where_nothing_is_counted_nothing_answers(harbour: Harbour) -> None:
    assert build(harbour.parts._replace(meters=None)).test_client().get("/metrics").status_code == 404
