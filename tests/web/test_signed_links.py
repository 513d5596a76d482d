"""A link is whole, for one purpose and one person: no bit of it can be changed, and nobody's link changes another."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nurture.channels.email.links import MAC_BYTES, PATHS, Links, Purpose
from nurture.flow.ground import Seals
from nurture.web import recipient
from nurture.web.console.second_factor import behind_half, half
from tests.sqlite import SqliteFiles
from tests.web.harbour import KEYS, MONDAY, URL, Harbour, harbour_at, prepare

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
LINKS = Links(URL, KEYS)
ABOUT = {"survey": "driver"}


@pytest.fixture
def harbour(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Harbour]:
    with sqlite_files.database(prepare) as url, harbour_at(url, tmp_path) as opened:
        yield opened


@pytest.fixture
def two(harbour: Harbour) -> tuple[str, str]:
    """Ada and Bo."""
    ada, bo = (harbour.signs_up(name).customer_id for name in ("ada", "bo"))
    return ada, bo


@pytest.fixture
def visitor(harbour: Harbour) -> FlaskClient:
    return harbour.app(recipient.blueprint).test_client()


def raw_of(token: str) -> bytes:
    return urlsafe_b64decode(token + "=" * (-len(token) % 4))


def written(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def flipped(raw: bytes) -> Iterator[bytes]:
    """The same bytes with one bit the other way round, for each bit there is."""
    for place in range(len(raw)):
        for bit in range(8):
            yield raw[:place] + bytes([raw[place] ^ (1 << bit)]) + raw[place + 1 :]


@pytest.mark.parametrize("purpose", PURPOSES)
def test_no_bit_of_a_link_can_be_changed(purpose: Purpose) -> None:
    token = LINKS.token(purpose, "cus_ada", "msg_welcome")

    others = [written(raw) for raw in flipped(raw_of(token))]
    others += [text.decode("latin-1") for text in flipped(token.encode())]
    others += [token[:cut] for cut in range(len(token))] + [f"{token}{more}" for more in ("A", "=", "==", "\n", " ")]

    assert LINKS.read(purpose, token) == (purpose, "cus_ada", "msg_welcome")
    assert len(others) > 2 * 8 * len(raw_of(token))
    assert [(one, other) for one in PURPOSES for other in others if LINKS.read(one, other)] == []


def test_no_purpose_stands_for_another() -> None:
    read = {(made, asked) for made in PURPOSES for asked in PURPOSES if LINKS.read(asked, LINKS.token(made, "cus_ada"))}

    assert read == {(purpose, purpose) for purpose in PURPOSES}


def test_no_seal_stands_for_anybody_or_anything_else() -> None:
    ada = LINKS.token("unsubscribe", "cus_ada", "msg_1")
    said = [
        f"{path}|{who}|{what}" for path in PATHS.values() for who in ("cus_ada", "cus_bo") for what in ("", "msg_1")
    ]
    forged = [written(raw_of(ada)[:MAC_BYTES] + one.encode()) for one in said if one != "u|cus_ada|msg_1"]

    assert [LINKS.read(purpose, token) for purpose in PURPOSES for token in forged] == [None] * 4 * 15


def test_a_link_under_an_earlier_secret_is_believed_until_the_secret_is_gone() -> None:
    token = Links(URL, ["older"]).token("preferences", "cus_ada")

    believed = [Links(URL, keys).read("preferences", token) for keys in (["newer", "older"], ["newer"])]

    assert believed == [("preferences", "cus_ada", ""), None]


def test_no_note_of_half_a_sign_in_stands_for_another() -> None:
    seals = Seals(KEYS)
    note = half(seals, "stf_sam", MONDAY)
    other = half(seals, "stf_eve", MONDAY)
    forged = [text.decode("latin-1") for text in flipped(note.encode())]
    forged += [note.replace("stf_sam", "stf_eve"), other.replace("stf_eve", "stf_sam"), note + "~", ""]

    assert behind_half(seals, note, MONDAY) == "stf_sam"
    assert [one for one in forged if behind_half(seals, one, MONDAY)] == []
    assert behind_half(seals, note, MONDAY + timedelta(hours=1)) is None


def state(harbour: Harbour, customer_id: str) -> list[Any]:
    """All that is known of somebody."""
    with harbour.parts.ground.sessions.read() as session:
        asked = "SELECT * FROM {} WHERE {} = :id ORDER BY 1"
        tables = (("customers", "id"), ("events", "customer_id"), ("enrollments", "customer_id"))
        rows = [session.rows(asked.format(*table), {"id": customer_id}) for table in tables]
        address = session.rows("SELECT email_key FROM customers WHERE id = :id", {"id": customer_id})[0][0]
        stopped = session.rows(
            "SELECT * FROM suppressions WHERE email_hash = :hash ORDER BY 1, 2",
            {"hash": harbour.parts.ground.seals.email_hash(address)},
        )
    return [*rows, stopped]


GARBLED = st.tuples(st.integers(0, 120), st.integers(0, 120), st.booleans())
SAID = st.dictionaries(
    st.sampled_from(
        ["scope", "answer", "List-Unsubscribe", "pause", "fewer", "customer", "customer_id", "email", "to"]
    ),
    st.sampled_from(["all", "tips", "save_time", "One-Click", "yes", "u-bo", "bo@example.com", "BO"]),
    max_size=4,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    page=st.sampled_from(["u", "p", "s", "b"]),
    purpose=st.sampled_from(PURPOSES),
    garbled=st.none() | GARBLED,
    form=SAID,
    method=st.sampled_from(["POST", "GET", "HEAD"]),
)
def test_a_token_of_one_never_changes_another(
    harbour: Harbour,
    two: tuple[str, str],
    visitor: FlaskClient,
    page: str,
    purpose: Purpose,
    garbled: tuple[int, int, bool] | None,
    form: dict[str, str],
    method: str,
) -> None:
    ada, bo = two
    tokens = [harbour.token(purpose, one, ABOUT.get(purpose, "")) for one in (ada, bo)]
    token = tokens[0] if garbled is None else spliced(tokens, *garbled)
    form = {name: bo if value == "BO" else value for name, value in form.items()}
    before, bos = state(harbour, ada), state(harbour, bo)

    answer = visitor.open(
        f"/{page}/{token}", method=method, data=form, query_string={"customer": bo, "token": tokens[1]}
    )

    assert answer.status_code < 500
    whose = LINKS.read(purpose, token)
    assert whose is None or whose.customer_id in (ada, bo)
    if whose is None or whose.customer_id != bo:
        assert state(harbour, bo) == bos
    if whose is None or whose.customer_id != ada or method != "POST" or PATHS[purpose] != page:
        assert state(harbour, ada) == before


def spliced(tokens: list[str], first: int, second: int, swapped: bool) -> str:
    """The beginning of one token with the end of another."""
    one, other = reversed(tokens) if swapped else tokens
    return one[:first] + other[second:]


def test_a_token_of_its_own_does_change_its_owner(harbour: Harbour, two: tuple[str, str], visitor: FlaskClient) -> None:
    ada, bo = two
    before, bos = state(harbour, ada), state(harbour, bo)

    visitor.post(f"/u/{harbour.token('unsubscribe', ada)}", data={"scope": "all", "customer": bo})

    assert state(harbour, ada) != before
    assert state(harbour, bo) == bos
