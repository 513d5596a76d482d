"""Many hands on one queue: each letter goes once, and a cap holds to the letter."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from nurture.flow import intake
from nurture.flow.folder import read_folder
from nurture.flow.intake import Report
from nurture.settings import ROOT
from tests.faults.carriers import Paused, a_post, accepted, at_once, carries, publishes, sent_to, signs_up, states
from tests.store.until import until
from tests.stories.town import Town

HANDS = 8


def policy(caps: str) -> dict[tuple[str, str], str]:
    """The first-run policy with other caps, and none for accounts."""
    before, _, rest = read_folder(ROOT)["policy", "policy"].partition("\ncaps:\n")
    after = rest.partition("\naccount_cap: ")[2].partition("\n\n")[2]
    return {("policy", "policy"): f"{before}\ncaps: {caps}\n\n{after}"}


def journeys(count: int) -> dict[tuple[str, str], str]:
    """Journeys that each write one letter at once to whoever says hello."""
    text = "id: {0}\nname: {0}\npurpose: to be many\npriority: 10\nenter: {{on: said_hello, again: never}}\nsteps:\n"
    text += "  - {{id: one, do: email, email: connect-your-data, late: send}}\n"
    return {("journey", f"many-{n}"): text.format(f"many-{n}") for n in range(count)}


def hands_over(town: Town) -> int:
    with a_post(town, connections=4) as post:
        return carries(town, post)


def test_many_hands_hand_each_letter_over_once(town: Town) -> None:
    for n in range(40):
        signs_up(town, f"ada-{n}")
    town.sendgrid.latency = 0.01

    calls = [done.result() for done in at_once([partial(hands_over, town)] * HANDS)]

    assert states(town) == {"accepted": 40}
    assert len(accepted(town)) == sum(calls) == 40
    assert Counter(sent_to(town)) == {f"ada-{n}": 1 for n in range(40)}


def test_many_hands_share_one_way_out(town: Town) -> None:
    for n in range(40):
        signs_up(town, f"ada-{n}")

    with a_post(town) as post:
        calls = [done.result() for done in at_once([partial(carries, town, post)] * HANDS)]

    assert states(town) == {"accepted": 40}
    assert len(accepted(town)) == sum(calls) == 40


def test_a_cap_of_one_holds_exactly_however_many_hands_and_letters(town: Town) -> None:
    """Without caps six journeys write at once; then somebody publishes one letter a day."""
    publishes(town, {**policy("[]"), **journeys(6)})
    signs_up(town, "ada")
    town.carries_the_post()
    intake.take_events(town.ground, [Report("said_hello", town.now, "u-ada")], "events", town.look())
    assert states(town) == {"accepted": 1, "queued": 6}
    publishes(town, policy("[{per: 20h, at_most: 1}]"))

    days = []
    for _ in range(8):
        before = len(town.sendgrid.ledger)
        at_once([partial(hands_over, town)] * HANDS)
        days.append(len(town.sendgrid.ledger) - before)
        town.sleeps(days=1)

    assert days == [0, 1, 1, 1, 1, 0, 0, 1]  # from Monday, whose one letter was the welcome, to Monday


def test_a_cap_counts_the_letter_that_is_leaving_while_a_turn_forgets_it(town: Town) -> None:
    ada = signs_up(town, "ada")
    leaving = Paused(town.post.provider)

    with a_post(town, leaving) as post, ThreadPoolExecutor(2) as pool:
        pool.submit(carries, town, post)
        leaving.holds(1)
        report = Report("subscription_started", town.now, "u-ada")
        adoption = pool.submit(intake.take_events, town.ground, [report], "events", town.look())
        until(lambda: states(town)["queued"] == 1)  # the letter that greets whoever adopts
        greeted = hands_over(town)
        leaving.lets_go()
        adoption.result()

    town.passes(hours=23)
    first_day = list(sent_to(town))
    town.passes(hours=1)
    assert ada.created
    assert greeted == 0
    assert first_day == ["ada"]
    assert sent_to(town) == ["ada", "ada"]
