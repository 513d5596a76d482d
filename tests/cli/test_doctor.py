"""The doctor says what is unsafe, and only then is the status 1."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nurture.cli import surroundings
from nurture.cli.doctor import clock
from nurture.flow.intake import Newcomer, sign_up
from nurture.store.house import Fault
from tests.cli.conftest import Nurture
from tests.dns_server import FAILS, DnsServer

SECRET = "a secret of more than thirty-two characters"


OFF_THE_CURVE = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEwYpDOqBtK/UtxpWZUPzYgRfZQwhiLIp/NyFo3ud828uGNXi10UBVShdZgIpy/AcqogGrLwsm3ILRe"
    "smSUL1wzw=="
)
SIGNED = {
    "acme-reporting.com": ['"v=spf1 include:spf.acme.test ~all"'],
    "s1._domainkey.acme-reporting.com": ['"v=DKIM1; p=AAA"'],
    "_dmarc.acme-reporting.com": ['"v=DMARC1; p=none"'],
}


def findings(nurture: Nurture, /, dns: DnsServer | None = None, **env: str) -> tuple[int, dict[str, Any]]:
    """The doctor's status, and what it says by what it looked at."""
    words = ["--resolver", "{}:{}".format(*dns.address)] if dns is not None else []
    told = nurture("doctor", "--json", *words, **env)
    found = json.loads(told.stdout)
    assert found["safe"] is (told.exit_code == 0)
    return told.exit_code, {one["about"]: one for one in found["checks"]}


def test_a_first_run_on_this_machine_is_safe(stocked: Nurture) -> None:
    status, found = findings(stocked)

    assert status == 0
    assert {about for about, one in found.items() if one["state"] == "note"} == {"mail", "staff"}
    assert "Nothing is unsafe." in stocked("doctor").stdout


@pytest.mark.parametrize(
    ("about", "env", "said"),
    [
        ("secret key", {"NURTURE_SECRET_KEY": "letmein"}, "can be guessed"),
        ("secret key", {"NURTURE_SECRET_KEY": f"{SECRET},short"}, "can be guessed"),
        ("public URL", {"NURTURE_PUBLIC_URL": "http://nurture.acme.example"}, "is not https"),
        ("public URL", {"NURTURE_MAIL": "smtp://mail.acme.example:587"}, "their links lead to http://127.0.0.1:8000"),
        ("senders", {"NURTURE_MAIL": "smtp://mail.acme.example:587"}, "harbour.example is nobody's domain"),
        ("mail", {"NURTURE_MAIL": "sendgrid:", "NURTURE_CLOCK": "real"}, "needs a key"),
        ("mail", {"NURTURE_MAIL": "pigeon:", "NURTURE_CLOCK": "real"}, "NURTURE_MAIL: expected outbox:PATH"),
        ("mail", {"NURTURE_MAIL": "smtp://mail.acme.example:587"}, "NURTURE_CLOCK may run faster only"),
        ("database", {"NURTURE_DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "run `nurture db upgrade`"),
        ("database", {"NURTURE_DATABASE_URL": "postgresql://127.0.0.1:1/nobody"}, "port 1 failed"),
    ],
)
def test_what_is_unsafe_is_said(nurture: Nurture, about: str, env: dict[str, str], said: str) -> None:
    status, found = findings(nurture, None, **env)

    assert status == 1
    assert found[about]["state"] == "unsafe"
    assert said in found[about]["says"]


def test_a_real_installation_is_safe_once_its_senders_are_its_own(nurture: Nurture, tmp_path: Path) -> None:
    env = {
        "NURTURE_CLOCK": "real",
        "NURTURE_SECRET_KEY": SECRET,
        "NURTURE_PUBLIC_URL": "https://nurture.acme.example",
        "NURTURE_MAIL": "sendgrid:",
        "SENDGRID_API_KEY": "SG.x",
    }
    before = findings(nurture, None, **env)
    nurture("export", tmp_path / "project")
    policy = tmp_path / "project/config/policy.yaml"
    policy.write_text(
        policy.read_text().replace("@harbour.example", "@acme-reporting.com").replace("Example Quay", "Kay")
    )
    assert nurture("apply", policy).exit_code == 0

    with DnsServer(SIGNED) as server:
        status, found = findings(nurture, server, **env)
    with DnsServer({}) as server:
        unsigned = findings(nurture, server, **env)[1]
    with DnsServer(dict.fromkeys(SIGNED, FAILS)) as server:
        deaf = findings(nurture, server, **env)

    assert before[0] == 1
    assert {about for about, one in before[1].items() if one["state"] == "unsafe"} == {"senders", "address"}
    assert status == 0
    assert "SENDGRID_WEBHOOK_PUBLIC_KEY" in found["mail"]["says"]
    assert [found[about]["state"] for about in ("SPF", "DKIM", "DMARC", "disk")] == ["ok"] * 4
    assert (found["journal"]["state"], "database's disk" in found["journal"]["says"]) == ("note", True)
    assert [unsigned[about]["state"] for about in ("SPF", "DKIM", "DMARC")] == ["note", "note", "unsafe"]
    assert (deaf[0], deaf[1]["DNS"]["state"]) == (0, "note")


def test_a_verification_key_that_is_none_is_unsafe_and_stops_a_start(stocked: Nurture) -> None:
    stocked.env["SENDGRID_WEBHOOK_PUBLIC_KEY"] = OFF_THE_CURVE

    status, found = findings(stocked)
    served = stocked.run("serve", "--port", "0")

    assert (status, found["mail"]["state"]) == (1, "unsafe")
    assert "no key on the curve" in found["mail"]["says"]
    assert "nurture cannot start: SENDGRID_WEBHOOK_PUBLIC_KEY" in served.stderr


def test_a_resolver_that_is_none_is_refused(stocked: Nurture) -> None:
    for word in ("nowhere", "127.0.0.1", "127.0.0.1:dns"):
        assert stocked("doctor", "--resolver", word).exit_code == 2


def test_a_journal_that_cannot_be_written_is_unsafe(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert surroundings.journal(tmp_path / "file" / "house.jsonl", None).state == "unsafe"
    assert surroundings.journal(tmp_path / "journal" / "house.jsonl", None).state == "ok"


@pytest.mark.parametrize(
    ("free", "state"), [(99_000_000, "unsafe"), (100_000_000, "note"), (999_000_000, "note"), (1_000_000_000, "ok")]
)
def test_a_full_disk_is_told_before_it_is_full(free: int, state: str) -> None:
    assert surroundings.room(free, Path("/var")).state == state


def test_a_secret_that_others_may_read_is_unsafe(nurture: Nurture) -> None:
    with nurture.parts():
        (nurture.folder / "var/secret_key").chmod(0o640)

    status, found = findings(nurture)

    assert status == 1
    assert "chmod 600" in found["secret key"]["says"]


def test_an_empty_database_is_unsafe_to_serve(bare: Nurture) -> None:
    status, found = findings(bare)

    assert status == 1
    assert "nothing is published yet" in found["playbook"]["says"]


def test_whoever_waits_long_and_a_hold_are_worth_a_note(stocked: Nurture) -> None:
    with stocked.parts() as parts:
        at = parts.look()
        early = at._replace(now=at.now.replace(year=2025), machine=at.machine.replace(year=2025))
        sign_up(parts.ground, Newcomer("u-1", "ada@example.com", early.now, "test"), early)
    stocked("hold")

    status, found = findings(stocked)

    assert status == 0
    assert "is `nurture serve` running?" in found["customers"]["says"]
    assert "is `nurture serve` running?" in found["messages"]["says"]
    assert "nurture resume" in found["sending"]["says"]


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fault", "told", "state"),
    [
        (None, None, "ok"),
        (None, NOON + timedelta(seconds=100), "ok"),
        (None, NOON + timedelta(hours=1), "unsafe"),
        (Fault("here", NOON, "the clock of here was set back by 1 hour"), NOON, "unsafe"),
    ],
)
def test_a_clock_that_is_wrong_is_told(fault: Fault | None, told: datetime | None, state: str) -> None:
    assert clock(fault, NOON, told).state == state
