"""What an email says of whom little is known is known before it goes out."""

import pytest

from nurture.channels.email.fallbacks import fallbacks
from tests.mail.samples import read

HELLO = {"customer.first_name": "Hello"}  # the head of every sample says it


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Your plan: {{ customer.traits.plan_goal | default('your goal', true) | upper }}", "your goal"),
        ("{{ customer.traits.plan_goal or 'your goal' }}", "your goal"),
        ("{{ customer.traits.plan_goal if customer.traits.plan_goal else 'your goal' }}", "your goal"),
        ("{% if customer.traits.plan_goal %}{{ customer.traits.plan_goal }}{% endif %}", ""),
        ("{% if not customer.traits.plan_goal %}a *goal*\nof yours{% endif %}", "a *goal* of yours"),
        ("{% if customer.traits.plan_goal == 'more' %}More{% else %}**your\ngoal**{% endif %}", "**your goal**"),
        ("{% if customer.traits.plan_goal %}a{% elif customer.email %}b{% else %}c{% endif %}", "\u2026"),
        (f"{{{{ customer.traits.plan_goal | default('{'long ' * 20}', true) }}}}", f"{'long ' * 11}long\u2026"),
        ("{{ customer.traits.plan_goal | default(customer.email, true) }}", "{{ customer.email }}"),
        (
            "::: button\nlabel: \"{{ customer.traits.plan_goal | default('Go', true) }}\"\nurl: https://x.example\n:::",
            "Go",
        ),
        ("{% for one in milestones.done %}{{ customer.traits.plan_goal or 'my' }}{% endfor %}", "my"),
        ("{{ customer.traits.plan_goal or 'first' }} {{ customer.traits.plan_goal or 'second' }}", "first"),
        ("::: snippet\nsnippet: goal\n:::", "of a snippet"),
    ],
)
def test_each_word_that_may_be_empty_has_its_fallback(body: str, expected: str) -> None:
    snippets = {"goal": "{{ customer.traits.plan_goal | default('of a snippet', true) }}"}

    found = fallbacks(read(body).choose(None, None), snippets)

    assert found == {**HELLO, "customer.traits.plan_goal": expected}


def test_the_next_milestone_says_what_it_says_when_all_are_done() -> None:
    text = read(
        "::: next-milestone\nfallback: You have done *everything*.\n:::",
        de="---\nsubject: Hallo\n---\n{{ customer.email }}\n",
    )

    assert fallbacks(text.choose(None, "en"), {}) == {**HELLO, "milestones.next": "You have done *everything*."}
    assert fallbacks(text.choose(None, "de"), {}) == {}
