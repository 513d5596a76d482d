"""What a running service tells of itself, in its log, its numbers and beside its letters, tells of nobody."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fake_sendgrid import FakeSendGrid
from tests.sqlite import SqliteFiles
from tests.stories.service import SECRET, Service
from tests.stories.town import founded

CANARY = "canaria"
ABOUT = {
    "email": f"{CANARY}@customer.example",
    "name": f"{CANARY.title()} Bird",
    "company": f"{CANARY} ltd",
    "traits": {"phone": f"+49 {CANARY}"},
}


def lives(service: Service, sendgrid: FakeSendGrid) -> None:
    """Sign up, do something odd, meet a provider that fails in several ways, be asked about, and leave."""
    sendgrid.misbehaves("503", "accept-then-reset", "400", "401")
    for n in range(6):
        service.told("/v1/signups", {"user_id": f"u{n}", **ABOUT, "email": f"{n}{ABOUT['email']}"})
    service.told("/v1/signups", {"user_id": "u0", **ABOUT, "unknown": CANARY})
    service.told("/v1/signups", {"user_id": "u9", **ABOUT, "email": f"{CANARY} is no address"})
    service.told("/v1/events", {"user_id": "u0", "event": "ticket_opened", "properties": {"text": CANARY}})
    service.asks(f"/v1/customers/email:{ABOUT['email']}")
    service.asks(f"/v1/{CANARY}?q={CANARY}")
    service.until(lambda: sendgrid.requests >= 5)
    service.told("/v1/events", {"user_id": "u0", "event": "account_closed"})


def told_beside(body: Mapping[str, Any]) -> str:
    """What a provider keeps of a letter beside the letter: its categories, arguments and headers."""
    person = body["personalizations"][0]
    headers = {name: value for name, value in body.get("headers", {}).items() if name != "List-Unsubscribe"}
    return json.dumps([body.get("categories"), person.get("custom_args"), body.get("custom_args"), headers])


def test_no_log_number_or_label_tells_of_anybody_or_of_a_secret(sqlite_files: SqliteFiles, tmp_path: Path) -> None:
    with sqlite_files.database(founded) as url, FakeSendGrid(tmp_path / "ledger") as sendgrid:
        service = Service(url, tmp_path, sendgrid, speed=600)
        service.environ["NURTURE_LOG"] = "json"
        service.starts()
        try:
            lives(service, sendgrid)
            metrics = service.reads("/metrics")
        finally:
            service.stops()
        log = (tmp_path / "errors").read_text() + (tmp_path / "said").read_text()
        beside = "".join(told_beside(line.body) for line in sendgrid.ledger)

    assert "u0" not in beside
    assert '"event"' in log
    for secret in (SECRET, SECRET.removeprefix("whsec_"), sendgrid.key, service.environ["NURTURE_SECRET_KEY"]):
        assert secret not in log + metrics + beside
    assert CANARY not in (log + metrics + beside).casefold()
    assert "nurture_letters" in metrics
    assert len(sendgrid.ledger) >= 2
