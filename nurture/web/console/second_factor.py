"""The second factor: a code of six digits that a member's phone makes anew every thirty seconds (RFC 6238)."""

from datetime import datetime, timedelta
from hmac import compare_digest

import pyotp

from nurture.flow.ground import Seals

STEP_SECONDS = 30
DRIFT = (0, -1, 1)  # steps that a phone's clock may be off, the likeliest first
PATIENCE = timedelta(minutes=5)  # between the right password and the code


def new_secret() -> str:
    """Make what codes are made of: 160 bits, in base 32."""
    return pyotp.random_base32()


def address(secret: str, email: str) -> str:
    """The `otpauth:` address that an app on a phone takes in."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="nurture")


def step_of(secret: str, code: str, machine: datetime) -> int | None:
    """Say of which thirty seconds a code is, one step of drift forgiven; None where it is no code of theirs."""
    given = "".join(code.split())
    totp, now = pyotp.TOTP(secret), int(machine.timestamp()) // STEP_SECONDS
    for drift in DRIFT:
        if compare_digest(totp.at((now + drift) * STEP_SECONDS).encode(), given.encode()):
            return now + drift
    return None


def half(seals: Seals, staff_id: str, machine: datetime) -> str:
    """A note, sealed by us, that a password was right: who, until when, and the seal."""
    until = (machine + PATIENCE).replace(microsecond=0)
    return f"{staff_id}~{until.isoformat()}~{seals.half_signed_in(staff_id, until)}"


def behind_half(seals: Seals, note: str, machine: datetime) -> str | None:
    """Whose password was right, by a note of ours that is not too old; None for any other."""
    try:
        staff_id, until_text, seal = note.split("~")
        until = datetime.fromisoformat(until_text)
        fresh = machine < until and until.isoformat() == until_text  # a moment is written in one way only
    except (ValueError, TypeError):
        return None
    right = compare_digest(seals.half_signed_in(staff_id, until).encode(), seal.encode())
    return staff_id if right and fresh else None
