"""A sign-up is answered with the truth: the stage, the persona, the journeys and why."""

from typing import Any

import pytest

from tests.web.product import ADA, Product, refusal, told


def test_a_sign_up_is_answered_with_where_it_led(product: Product) -> None:
    ada = told(product.signs_up(), 201)

    assert ada["customer_id"].startswith("cus_")
    assert (ada["user_id"], ada["stage"], ada["persona"]) == ("u-ada", "assessing", "kevin")
    assert "first-win" in [walk["journey"] for walk in ada["enrollments"]]
    assert all(walk["version"] == 1 and walk["because"] for walk in ada["enrollments"])


def test_everything_said_at_sign_up_is_kept(product: Product) -> None:
    product.signs_up()

    ada = product.asks("customers/u-ada")
    assert (ada["email"], ada["timezone"], ada["locale"]) == ("ada@example.com", "Europe/London", "en-GB")
    assert ada["signed_up_at"] == ada["trial_starts_at"] == "2026-01-05T09:00:00+00:00"
    assert ada["trial_ends_at"] == "2026-01-19T09:00:00+00:00"
    assert ada["traits"] == {
        "name": "Ada Byron",
        "company": "Engines Ltd",
        "role": "developer",
        "plan": "pro",
        "driver": "save_time",
        "team": "analysis",
        "consent": {
            "basis": "contract",
            "source": "https://harbour.example/signup",
            "at": "2026-01-05T08:59:00Z",
        },
    }


def test_a_sign_up_wakes_the_clockwork(product: Product) -> None:
    product.signs_up()

    assert product.harbour.nudges == 1


def test_a_redelivery_is_recognised_and_changes_nothing(product: Product) -> None:
    first = told(product.signs_up("msg_again"), 201)
    again = told(product.signs_up("msg_again"), 200)

    assert first == again
    assert (product.count("customers"), product.count("messages")) == (1, 1)


def test_a_key_may_sign_somebody_up_under_an_idempotency_key(product: Product) -> None:
    headers = product.key("ingest") | {"Idempotency-Key": "once"}

    answers = [product.client.post("/v1/signups", json=ADA, headers=headers) for _ in range(2)]
    somebody_else = product.client.post(
        "/v1/signups", json={"user_id": "u-bo", "email": "bo@example.com"}, headers=headers
    )

    assert [answer.status_code for answer in answers] == [201, 200]
    assert "id of its own" in refusal(somebody_else, 422)["detail"]
    assert product.count("customers") == 1


def test_a_lead_becomes_the_customer_who_signs_up_and_keeps_their_history(product: Product) -> None:
    ingest = product.key("ingest")
    said = {"email": "Ada@Example.com", "role": "developer"}
    lead = told(product.client.post("/v1/leads", json=said, headers=ingest), 201)
    same = told(product.client.post("/v1/leads", json={"email": "ada@example.com"}, headers=ingest), 200)
    customer = told(product.signs_up(), 201)

    assert lead["stage"] == "considering"
    assert lead["customer_id"] == same["customer_id"] == customer["customer_id"]
    ada = product.asks("customers/email:ada@example.com")
    assert [change["to"] for change in ada["stage_history"]] == ["considering", "assessing"]
    assert {walk["journey"]: walk["state"] for walk in ada["enrollments"]}["lead-nurture"] == "left"


def test_a_lead_may_be_named_by_our_id(product: Product) -> None:
    said = {"email": "a.byron@example.com"}
    lead = told(product.client.post("/v1/leads", json=said, headers=product.key("ingest")), 201)

    customer = told(product.signs_up(lead_id=lead["customer_id"]), 201)

    assert customer["customer_id"] == lead["customer_id"]


NO_AT = "must be an ISO 8601 moment with an offset, such as '2026-01-05T09:00:00Z'"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("stage", "adopted", "is not known here; one of"),
        ("user_idd", "u", "is not known here; did you mean 'user_id'?"),
        ("user_id", 42, "should be a valid string"),
        ("user_id", "", "at least 1 character"),
        ("user_id", "email:ada@example.com", "must not begin with 'email:'"),
        ("user_id", "a\u202eb", "printable"),
        ("email", "ada", "an address has one @"),
        ("email", "ada@p\u0430ypal.example", "alphabets that look alike"),
        ("email", None, "valid string"),
        ("timezone", "Europe/Berlim", "did you mean 'Europe/Berlin'?"),
        ("timezone", "Tokyo", "did you mean 'Asia/Tokyo'?"),
        ("timezone", "nowhere at all", "use a name such as 'Europe/Berlin'"),
        ("timezone", "../../etc/passwd", "is no IANA time zone"),
        ("locale", "english please", "language tag"),
        ("trial_days", "14", "valid integer"),
        ("trial_days", True, "valid integer"),
        ("trial_days", -1, "greater than or equal to 0"),
        ("at", "2026-01-05T09:00:00", NO_AT),
        ("at", "yesterday", NO_AT),
        ("at", 1767603600, NO_AT),
        ("at", "0001-01-01T00:00:00+14:00", "years 1971 to 2199"),
        ("driver", "save_tme", "did you mean 'save_time'?"),
        ("traits", [], "valid dictionary"),
        ("traits", {"essay": "x" * 40_000}, "at most 32 KB"),
        ("account", {"name": "Engines"}, "is missing"),
        ("account", "a-engines", "must be a JSON object"),
        ("consent", {"basis": "contract", "by": "phone"}, "is not known here"),
        ("trial_ends_at", "2026-02-01T00:00:00Z", "trial_days or trial_ends_at"),
    ],
)
def test_what_cannot_be_taken_is_refused_field_by_field(product: Product, field: str, value: Any, says: str) -> None:
    document = refusal(product.signs_up(**{field: value}), 422)

    assert says in document["detail"]
    wrongs = {wrong["loc"]: wrong["msg"] for wrong in document["errors"]}
    assert any(says in msg and loc.split(".")[0] in (field, "") for loc, msg in wrongs.items())
    assert (product.count("customers"), product.count("events"), product.count("accounts")) == (0, 0, 0)


def test_a_driver_among_the_traits_is_held_to_the_playbook_too(product: Product) -> None:
    document = refusal(product.signs_up(driver=None, traits={"driver": "save_tme"}), 422)

    assert document["errors"] == [
        {"loc": "driver", "msg": "'save_tme' is not in the playbook; did you mean 'save_time'?"}
    ]


def test_no_column_can_be_set_from_outside(product: Product) -> None:
    columns = ["id", "gen", "due_at", "stage", "stage_since", "persona", "persona_locked", "email_key", "facts", "zone"]

    document = refusal(product.signs("signups", {**ADA, **dict.fromkeys(columns, 1)}), 422)

    assert sorted(wrong["loc"] for wrong in document["errors"]) == sorted(columns)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Visit evil.com", "Visit evil com"),
        ("https://evil.example/x Ann", "Ann"),
        ("Ann www.evil.example", "Ann"),
        ("Ann\r\nBcc: eve@evil.example", "Ann Bcc: eve@evil example"),
        ("Ann\u202e\u200bLee", "AnnLee"),
        ("J.R.R. Tolkien", "J.R.R. Tolkien"),
        ("Zo\u0065\u0308", "Zo\u00eb"),
        ("x" * 200, "x" * 64),
        ("  \t ", None),
        (None, None),
    ],
)
def test_names_that_letters_print_are_cleaned(product: Product, name: str | None, kept: str | None) -> None:
    product.signs_up(name=name, traits={"first_name": name})

    traits = product.asks("customers/u-ada")["traits"]
    assert (traits.get("name"), traits.get("first_name")) == (kept, kept)
