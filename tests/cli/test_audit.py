"""`nurture audit verify`: an operator sees that nothing was rewritten, and what to keep elsewhere."""

import json

from nurture.flow import sealing
from nurture.store.session import Session
from tests.cli.conftest import Nurture


def chained(nurture: Nurture) -> str:
    """Two acts, chained; gives the last link as it is printed."""
    assert nurture("hold").exit_code == nurture("resume").exit_code == 0
    with nurture.parts() as parts:
        sealing.seal(parts.ground)
        assert sealing.seal(parts.ground) == 0
    return nurture("audit", "verify").stdout.splitlines()[-1]


def test_a_sound_audit_prints_its_last_link(nurture: Nurture) -> None:
    head = chained(nurture)
    number = int(head.partition(":")[0])
    assert nurture("hold").exit_code == 0

    answer = nurture("audit", "verify", "--head", head)

    assert answer.exit_code == 0
    assert answer.stdout.startswith(f"{number} acts chained and unbroken, 1 more to be chained soon.")


def test_an_audit_that_was_changed_is_told(nurture: Nurture) -> None:
    head = chained(nurture)
    other = f"{head[:-4]}0000"

    changed = nurture("audit", "verify", "--head", other)
    assert (changed.exit_code, "made anew" in changed.stdout) == (1, True)

    with nurture.parts() as parts:
        parts.ground.sessions.write(slip_in)
    answer = json.loads(nurture("audit", "verify", "--json").stdout)
    assert (answer["sound"], "aud_0" in answer["broken"]) == (False, True)


def slip_in(session: Session) -> None:
    session.run("INSERT INTO audit (id, at, actor, act, subject) VALUES ('aud_0', 0, 'bo', 'resume', 'all sending')")


def test_a_link_that_is_none_is_refused(nurture: Nurture) -> None:
    answer = nurture("audit", "verify", "--head", "12")

    assert answer.exit_code == 2
    assert "a number, a colon" in answer.stderr
