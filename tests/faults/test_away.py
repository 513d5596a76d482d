"""A provider that is away for hours while letters queue up: they all leave after it, once, as fast as may be."""

from datetime import timedelta
from pathlib import Path

import pytest

from nurture.channels.email.sendgrid import SendGrid
from tests.campaign import Campaign
from tests.conftest import Databases
from tests.fake_sendgrid import FakeSendGrid
from tests.faults.carriers import a_post, accepted, carries, signs_up, states
from tests.faults.conftest import Compiled, playing
from tests.stories.town import Town, founded

AWAY = timedelta(hours=6)
SOON = 30  # minutes in which all of them have left after its return


def waited_out(town: Town, folder: Path, people: int) -> None:
    """Six hours without a provider, and then with one."""
    for n in range(people):
        signs_up(town, f"p{n}", zone="Europe/Berlin")
    queued = states(town)["queued"]
    assert queued >= people
    town.sendgrid.close()
    for _ in range(int(AWAY / timedelta(minutes=30))):
        carries(town, town.post)
        town.sleeps(minutes=30)
    assert states(town) == {"queued": queued}

    with (
        FakeSendGrid(folder / "later") as back,
        a_post(town, SendGrid(back.key, back.url)) as post,
    ):
        minutes = 0
        while states(town)["queued"]:
            town.sleeps(minutes=1)
            carries(town, post)
            minutes += 1
            assert minutes <= SOON
        town.sendgrid = back
        assert states(town) == {"accepted": queued}
        assert (accepted(town).total(), set(accepted(town).values())) == (queued, {1})


def test_what_waited_for_a_provider_leaves_once_when_it_is_back(town: Town, tmp_path: Path) -> None:
    waited_out(town, tmp_path, people=20)


@pytest.mark.campaign
def test_outages_of_a_provider_for_as_long_as_there_is_time(
    databases: Databases, tmp_path: Path, first_playbook: Compiled, campaign: Campaign
) -> None:
    for seed in campaign.seeds():
        folder = tmp_path / str(seed)
        folder.mkdir()
        with databases.database(founded) as url, playing(url, folder, first_playbook) as town:
            waited_out(town, folder, people=2_000)
            campaign.counted["letters that waited six hours"] += accepted(town).total()
