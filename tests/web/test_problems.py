"""Whatever goes wrong, a machine is told what to do, and nothing of what is inside."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
import structlog
from flask import Flask
from structlog.testing import capture_logs

from nurture.flow.settle import StillSending
from nurture.store import migrate
from nurture.web import build
from tests.conftest import Databases
from tests.web.harbour import Harbour, harbour_at
from tests.web.product import ADA, Product, refusal, signed, told

SECRET = "ntk_a-secret-that-must-not-leak, ada@example.com"


def test_an_address_that_is_none_is_a_problem_too(product: Product) -> None:
    assert "Nothing answers" in refusal(product.client.get("/v1/nothing"), 404)["detail"]
    assert "Nothing answers" in refusal(product.client.get("/v1"), 404)["detail"]


def test_another_method_is_refused_with_those_that_answer(product: Product) -> None:
    answer = product.client.put("/v1/signups")

    refusal(answer, 405)
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/v1/customers", "/login", "/healthz"])
def test_a_query_that_is_no_text_is_the_senders_fault(product: Product, path: str) -> None:
    answer = product.client.get(path, headers=product.key("read"), environ_overrides={"QUERY_STRING": "stage=\xff"})

    assert answer.status_code == 400
    if path != "/login":
        assert "percent-encode" in refusal(answer, 400)["detail"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity", "zstd"])
def test_a_compressed_body_is_refused(product: Product, encoding: str) -> None:
    headers = product.key("ingest") | {"Content-Encoding": encoding}

    assert "Content-Encoding" in refusal(product.client.post("/v1/signups", json=ADA, headers=headers), 415)["detail"]


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", ""]
)
def test_a_body_is_read_as_what_it_is_not_as_what_it_is_called(product: Product, kind: str) -> None:
    headers = product.key("ingest") | {"Content-Type": kind}

    assert product.client.post("/v1/signups", data=orjson.dumps(ADA), headers=headers).status_code == 201


def test_what_breaks_inside_stays_inside(product: Product) -> None:
    def breaks() -> str:
        raise RuntimeError(SECRET)

    product.app.add_url_rule("/v1/breaks", view_func=breaks)

    with capture_logs() as logs:
        answer = product.client.get("/v1/breaks")

    document = refusal(answer, 500)
    assert document["reference"] in document["detail"]
    assert not any(word in answer.text for word in ("RuntimeError", SECRET, "ada@", "Traceback", ".py"))
    (line,) = [line for line in logs if line["log_level"] == "error"]
    assert (line["reference"], line["kind"]) == (document["reference"], "RuntimeError")
    assert "breaks" in line["where"]
    assert SECRET not in repr(line)
    assert "ada@" not in repr(line)


def test_a_stop_that_still_waits_for_a_letter_asks_to_be_sent_again(product: Product) -> None:
    def stops() -> str:
        raise StillSending("a letter is on its way")

    product.app.add_url_rule("/v1/stops", view_func=stops)

    answer = product.client.get("/v1/stops")

    assert "This is in effect" in refusal(answer, 503)["detail"]
    assert int(answer.headers["Retry-After"]) > 0


def test_no_address_and_no_secret_is_logged_on_the_way(product: Product, capfd: pytest.CaptureFixture[str]) -> None:
    shown = product.key("ingest", "read")
    product.signs_up()
    product.signs_up(email="nobody")
    product.client.post("/v1/leads", json={"email": "lea@example.com"}, headers=shown)
    product.client.get("/v1/customers/email:ada@example.com", headers=shown)
    structlog.get_logger().info("the log is heard")

    heard = "".join(capfd.readouterr())
    assert "the log is heard" in heard
    assert "@example.com" not in heard
    assert "ntk_" not in heard


def test_every_answer_says_what_a_browser_may_do_with_it(product: Product) -> None:
    for path in ("/v1/customers", "/v1/nothing", "/healthz", "/nothing"):
        headers = product.client.get(path).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert product.client.get("/v1/customers").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/v1/customers/", "/v1//customers", "/healthz/"])
def test_no_address_answers_with_a_redirect_to_the_host_that_was_claimed(product: Product, path: str) -> None:
    answer = product.client.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})

    assert answer.status_code not in (301, 302, 303, 307, 308)
    assert "evil.example" not in str(answer.headers) + answer.text


def test_not_even_an_address_that_ends_in_a_slash_redirects(product: Product) -> None:
    product.app.add_url_rule("/v1/ends/", view_func=lambda: "here")

    assert product.client.get("/v1/ends", headers={"Host": "evil.example"}).status_code == 200


def test_alive_and_ready(product: Product) -> None:
    product.signs_up()
    ready = told(product.client.get("/readyz"))

    assert told(product.client.get("/healthz")) == {"status": "alive"}
    assert ready == {
        "ready": True,
        "database": "reachable",
        "migrations": migrate.head(),
        "playbook": 1,
        "oldest_due_seconds": 0,
        "oldest_queued_seconds": 0,
    }


def test_lateness_is_told_in_seconds(product: Product) -> None:
    product.signs_up()
    harbour = product.harbour
    harbour.machine = harbour.machine.replace(minute=2)
    harbour.now = harbour.now.replace(year=2027)

    late = told(product.client.get("/readyz"))

    assert late["oldest_queued_seconds"] == 120
    assert late["oldest_due_seconds"] > 86_400


@pytest.fixture
def bare(databases: Databases, tmp_path: Path) -> Iterator[Harbour]:
    """A database with its tables, where nothing was published."""
    with databases.database(migrate.upgrade) as url, harbour_at(url, tmp_path) as opened:
        yield opened


def test_before_the_first_publish_a_sign_up_is_asked_to_come_later(bare: Harbour) -> None:
    product = Product(bare)
    answer = product.signs_up()

    assert "nurture apply" in refusal(answer, 503)["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    ready = product.client.get("/readyz")
    assert (ready.status_code, told(ready, 503)["ready"]) == (503, False)
    assert product.count("customers") == 0


def test_an_older_schema_is_alive_but_not_ready(fresh_database_url: str, tmp_path: Path) -> None:
    with harbour_at(fresh_database_url, tmp_path) as opened:
        client = Product(opened).client

        assert told(client.get("/healthz")) == {"status": "alive"}
        assert "nurture db upgrade" in told(client.get("/readyz"), 503)["because"]


def unreachable(tmp_path: Path) -> Flask:
    """The doors of a house whose database lies in a folder that is not there."""
    with harbour_at(f"sqlite:///{tmp_path}/gone/nurture.db", tmp_path) as opened:
        return build(opened.parts)


def test_without_its_database_a_sign_up_is_asked_to_come_later(tmp_path: Path) -> None:
    body = orjson.dumps(ADA)
    answer = unreachable(tmp_path).test_client().post("/v1/signups", data=body, headers=signed(body, "msg_1"))

    assert "Send this again" in refusal(answer, 503)["detail"]
    assert "nurture.db" not in answer.text
    assert told(unreachable(tmp_path).test_client().get("/readyz"), 503)["database"] == "unreachable"
