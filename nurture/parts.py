"""Parts: the frozen handful that every door is given.  Built once, in app.py."""

from collections.abc import Callable
from typing import NamedTuple

from nurture.channels.email.letter import Letter
from nurture.channels.email.links import Links
from nurture.channels.email.provider import Verdict
from nurture.channels.oidc import IdentityProvider
from nurture.flow.ground import Ground, Moment
from nurture.meters import Meters
from nurture.settings import Settings


def _carries_nothing(_: Letter) -> Verdict:
    return Verdict("refused", "nothing leaves this process")


class Parts(NamedTuple):
    """What a door needs to do its work.

    look: one look at both clocks; doors look once per request and pass the moment on.  speed: of life time.
    secrets: the Standard Webhooks secrets (`whsec_...`), newest first.
    nudge: tells the clockwork that something may be due or queued now; cheap, and safe to call too often.
    carry: hands one test letter to the provider, at once; everybody else's letters go by hand-over alone.
    identity: says who a member of staff is, where the company has accounts of its own.
    meters: what this process counts; where there are none, it counts nothing.
    """

    settings: Settings
    ground: Ground
    links: Links
    look: Callable[[], Moment]
    secrets: tuple[str, ...]
    nudge: Callable[[], None]
    speed: float = 1.0
    carry: Callable[[Letter], Verdict] = _carries_nothing
    identity: IdentityProvider | None = None
    meters: Meters | None = None
