"""An address is one address however it is written, and once we must not write to it, we must not."""

import pytest

from nurture.store import audit
from nurture.store.session import Sessions
from nurture.store.suppressions import ALL, email_key, lift, reasons, suppress
from tests.store.rows import DAY, MONDAY

ADA, BO = "a" * 40, "b" * 40  # the seals of their addresses


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("ada@example.com", "ada@example.com"),
        ("Ada.Lovelace+trial@Example.COM", "ada.lovelace+trial@example.com"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BU\u0308CHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("ada@東京タワー.example", "ada@xn--5ck2eqb538s34z.example"),
        ("o'hara@sub.example.co", "o'hara@sub.example.co"),
    ],
)
def test_an_address_has_one_form(written: str, key: str) -> None:
    assert email_key(written) == key


@pytest.mark.parametrize(
    ("written", "because"),
    [
        ("", "one @"),
        ("ada", "one @"),
        ("@example.com", "one @"),
        ("ada@b@example.com", "one @"),
        ("ada@example.com\r\nBcc: bo@example.com", "control"),
        ("ada @example.com", "space"),
        ("ada@exam\u200bple.com", "control"),
        ("ada@example.com\x00", "control"),
        ("adá@example.com", "before the @"),
        (".ada@example.com", "before the @"),
        ("a..da@example.com", "before the @"),
        ("a" * 65 + "@example.com", "before the @"),
        ("ada@localhost", "a domain such as"),
        ("ada@127.0.0.1", "a domain such as"),
        ("ada@-example.com", "a domain such as"),
        ("ada@exa_mple.com", "a domain such as"),
        ("ada@example..com", "a domain such as"),
        ("ada@example.com.", "a domain such as"),
        ("ada@xn--zzzzzz.example", "a domain such as"),
        ("ada@p\u0430ypal.example", "alphabets"),  # a Cyrillic a
        ("ada@xn--pypal-4ve.example", "alphabets"),  # the same, in disguise
        ("ada@" + ".".join(["a" * 60] * 4) + ".example", "254"),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(written: str, because: str) -> None:
    with pytest.raises(ValueError, match=because):
        email_key(written)


def test_a_suppression_stays_as_it_first_was(sessions: Sessions) -> None:
    news = [
        sessions.write(lambda session, scope=scope, why=why: suppress(session, ADA, scope, why, MONDAY))  # type: ignore[misc]
        for scope, why in [("tips", "unsubscribed"), (ALL, "bounced"), ("tips", "complained")]
    ]
    with sessions.read() as session:
        assert news == [True, True, False]
        assert reasons(session, ADA) == {ALL: "bounced", "tips": "unsubscribed"}
        assert reasons(session, BO) == {}


def test_a_suppression_is_lifted_only_aloud(sessions: Sessions) -> None:
    sessions.write(lambda session: suppress(session, ADA, ALL, "unsubscribed", MONDAY))

    lifted = [
        sessions.write(lambda session: lift(session, ADA, ALL, "cy", "asked by phone", MONDAY + DAY)) for _ in range(2)
    ]

    with sessions.read() as session:
        (entry,) = audit.entries(session)
        assert lifted == [True, False]
        assert reasons(session, ADA) == {}
        assert (entry.actor, entry.act, entry.subject, entry.at) == ("cy", "lift suppression", ADA, MONDAY + DAY)
        assert (entry.before, entry.after) == ({"scope": "all"}, {"reason": "asked by phone"})
