"""From an author's words to what one recipient reads."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from nurture.channels.email.compose import Unrenderable, compile_email
from tests.mail.samples import LAYOUT, SURVEYS, compiled, problems_of, read, words

EVERYTHING = """Hi {{ customer.first_name | default('there', true) }},

{% if customer.company %}
We saw that **{{ customer.company }}** has begun.
{% endif %}

{% for done in milestones.done %}
- {{ done.name }}
{% endfor %}

::: text reason
A *reason* with a [link](https://app.harbour.example/x?a=1&b=2).
:::

::: button action
label: Go
url: https://app.harbour.example/go?a=1&b=2
:::

::: image
src: https://app.harbour.example/a.png
alt: A picture
:::

::: quote
text: It **works**.
by: a customer
:::

::: care-manager
says: Write to me.
role: Customer success
:::

::: survey
survey: driver
:::

::: next-milestone
fallback: All done.
:::

::: snippet
snippet: help
:::
"""


def rendered(body: str, **customer: Any) -> str:
    return compiled(body).render(None, None, words(**customer)).html


def tags(html: str) -> list[str]:
    """The elements of a mail in order, as a mail program sees them."""
    found: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.append(f"{tag} {sorted(dict(attrs))}")  # type: ignore[method-assign]
    parser.feed(html)
    return found


def test_every_kind_of_block_is_in_both_parts() -> None:
    email = compiled(EVERYTHING, {"help": "Ask for **help** any time."})
    mail = email.render(None, "en", words())

    assert email.problems == ()
    for said in (
        "Hi Ada,",
        "Analytical Engines",
        "Connect a first source",
        "Ask for",
        "Share a report",
        "What matters",
    ):
        assert said in mail.html
        assert said in mail.text
    for url in (
        "https://nurture.example/s/driver-time",
        "https://nurture.example/u/token",
        "https://nurture.example/p/token",
    ):
        assert url in mail.html
        assert url in mail.text
    assert "https://app.harbour.example/go?a=1&amp;b=2" in mail.html
    assert "Go: https://app.harbour.example/go?a=1&b=2\n" in mail.text
    assert "1 Example Street" in mail.html
    assert "1 Example Street" in mail.text


def test_the_plain_text_reads_like_a_letter() -> None:
    mail = compiled(
        "Hi {{ customer.first_name | default('you', true) }},\n\n{% if customer.company %}\nYes.\n{% endif %}\n\nEnd."
    )

    assert mail.render(None, None, words()).text.startswith("Harbour\n\nHi Ada,\n\nYes.\n\nEnd.\n\n")
    assert mail.render(None, None, words(full=False)).text.startswith("Ana\n\nHi you,\n\nEnd.\n\n")


def test_an_inline_choice_keeps_its_spaces() -> None:
    assert (
        "read at Analytical Engines soon"
        in compiled("read {% if customer.company %}at {{ customer.company }}{% else %}by us{% endif %} soon")
        .render(None, None, words())
        .text
    )


def test_a_score_is_asked_by_one_button_that_leads_to_its_page() -> None:
    mail = compiled("::: survey\nsurvey: score\nlabel: Choose a number\n:::").render(None, None, words())

    assert "From 0 to 10?" in mail.html
    assert "Choose a number: https://nurture.example/s/score-page\n" in mail.text


def test_all_is_done_where_no_milestone_is_next() -> None:
    mail = compiled("::: next-milestone\nfallback: All done.\n:::").render(None, None, words(full=False))

    assert "All done." in mail.html
    assert "Share a report" not in mail.text


def test_a_statement_may_stand_around_a_block() -> None:
    email = compiled("{% if customer.plan %}\n::: button\nlabel: Go\nurl: https://a.example\n:::\n{% endif %}")

    assert "https://a.example" in email.render(None, None, words()).html
    assert "https://a.example" not in email.render(None, None, words(full=False)).html


def test_the_variant_is_the_recipients_and_is_named() -> None:
    german = "---\nsubject: Hallo\n---\nHallo!"
    email = compiled("Hi!", kevin="Kevin!", de=german)

    assert email.render("kevin", "en-GB", words()).variant == "kevin"
    assert email.render("kevin", "de-AT", words()).variant == "de"
    assert email.render("wilma", "fr", words()).variant == "email"
    assert "Abmelden" in email.render("kevin", "de-AT", words()).text
    assert 'lang="de"' in email.render("kevin", "de-AT", words()).html


def test_a_hostile_name_changes_no_element_of_the_mail() -> None:
    body = "Hi {{ customer.first_name | default('x', true) }} of {{ customer.company | default('x', true) }}."
    plain = tags(rendered(body))

    for name in (
        "<b>Ann</b>",
        "<a href=https://evil.example>",
        "{{ 7*7 }}",
        "evil.example",
        "Visit https://evil.example",
        '"><script>',
    ):
        html = rendered(body, first_name=name, company=name)
        assert tags(html) == plain
        assert "evil.example" not in html
        assert "49" not in html


def test_a_trait_is_escaped() -> None:
    assert "&lt;b&gt;" in rendered("{{ customer.traits.note | default('x', true) }}", traits={"note": "<b>"})


def test_a_subject_stays_one_line() -> None:
    mail = compiled("Hi.").render(None, None, words(first_name="Ada\r\nBcc: eve@evil.example"))

    assert mail.subject == "Ada Bcc: eve evil example, hello"


def test_words_that_are_missing_at_the_last_moment_stop_the_letter() -> None:
    email = compiled("Hi {{ stage }}.")
    context = words()
    del context["stage"]

    with pytest.raises(Unrenderable, match="stage"):
        email.render(None, None, context)


def test_none_is_never_printed() -> None:
    context = words()
    context["stage"] = None

    with pytest.raises(Unrenderable, match="came out empty"):
        compiled("Hi {{ stage }}.").render(None, None, context)


def test_a_letter_that_grows_without_bound_is_stopped() -> None:
    context = words(traits={"long": "x" * 20_000})
    context["milestones"]["done"] = [{"id": str(n), "name": "n"} for n in range(1000)]
    email = compiled("{% for done in milestones.done %}{{ customer.traits.long | default('', true) }}{% endfor %}")

    with pytest.raises(Unrenderable, match="grows over"):
        email.render(None, None, context)


TOLD = {
    "{{ customer.first_name }}": (6, "customer.first_name may be empty and has no fallback"),
    "Hi.\n\n{{ customer.company | default('x') }}": (8, "may be empty, not only absent"),
    "{{ customer.traits.size }}": (6, "no fallback"),
    "{% if customer.plan %}x{% else %}{{ customer.plan }}{% endif %}": (6, "no fallback"),
    "{{ customer.frist_name }}": (6, "unknown word 'frist_name' in customer (did you mean 'first_name'?)"),
    "x\n{{ stage | uper }}": (7, "unknown filter 'uper' (did you mean 'upper'?)"),
    "{% include 'x' %}": (6, "{% include %} is not allowed"),
    "{% set a = 1 %}": (6, "{% set %} is not allowed"),
    "{% macro a() %}{% endmacro %}": (6, "{% macro %} is not allowed"),
    "{% frobnicate %}": (6, "unknown tag"),
    "{% if stage %}": (6, "is never closed"),
    "x {{ stage }": (6, "unexpected"),
    "{% for x in customer.traits %}{% endfor %}": (6, "a loop may run over milestones.done alone"),
    "{{ stage * 9 }}": (6, "`*` is not allowed"),
    "{{ stage.upper() }}": (6, "a call is not allowed"),
    "{{ links.survey.driver.tmie }}": (6, "did you mean 'time'"),
    "::: survey\nsurvey: drivr\n:::": (7, "unknown survey 'drivr' (did you mean 'driver'?)"),
    "::: snippet\nsnippet: nope\n:::": (7, "unknown snippet 'nope'"),
    "{% if stage %}a\n\n- b{% endif %}": (8, "stands in another paragraph"),
    "[x]({{ customer.traits.site | default('x', true) }})": (6, "may not begin with a customer's words"),
    "::: button\nlabel: x\nurl: javascript:alert(1)\n:::": (7, "url: a link must begin with https://"),
    "See [our plans]({{ product.url | default('', true) }})": (6, "'our plans' leads nowhere for a customer of"),
    "Hello.\n\n[x](htps://a.example)": (8, "a link that begins with 'htps:' is left out (https:// or mailto:)"),
    "Hello.\n\n[x](/reports?b=1&c=2)": (8, "must begin with https:// or mailto:, found '/reports?b=1&c=2'"),
    "Hi {{ customer.first_name ,\nnice to meet you.": (6, "{{ is never closed"),
    "x\n\n{% if stage\n\nAnd more.": (8, "{% is never closed"),
    "a ![x](https://a.example/x.png)": (6, "picture inside prose"),
    "a <b>bold</b> word": (6, "HTML is not passed through"),
}


@pytest.mark.parametrize("body", TOLD)
def test_an_author_is_told_before_it_is_published(body: str) -> None:
    line, expected = TOLD[body]
    found = problems_of(body)

    assert any(expected in str(problem) and problem.line == line for problem in found), found


def test_what_gmail_would_clip_is_told_before_it_is_published() -> None:
    body = "::: snippet\nsnippet: long\n:::"

    [problem] = compiled(body, {"long": "word " * 21_000}).problems

    assert problem.must_fix
    assert "no letter could go out" in problem.message
    assert compiled(body, {"long": "word " * 17_000}).problems == ()


ALRIGHT = (
    "{% if customer.company %}{{ customer.company }}{% endif %}",
    "{% if not customer.company %}x{% else %}{{ customer.company }}{% endif %}",
    "{{ customer.company if customer.company else 'x' }}",
    "{{ customer.company or 'x' }}",
    "{{ customer.role | default('x', boolean=true) | upper }}",
    "{% if milestones.next %}{{ milestones.next.name }}{% endif %}",
    "{% if trial.days_left == 1 %}{{ trial.days_left }} day{% endif %}",
    "{% if customer.traits.a and customer.plan %}{{ customer.traits.a }}{% endif %}",
    "{{ milestones.done | join(', ', attribute='name') }}",
    "{% if product.url %}See [our plans]({{ product.url }}).{% endif %}",
)


@pytest.mark.parametrize("body", ALRIGHT)
def test_every_honest_way_to_give_a_fallback_is_taken(body: str) -> None:
    email = compiled(body)

    assert email.problems == ()
    assert email.render(None, None, words(full=False)).html


def test_a_brace_that_an_entity_hides_is_no_template() -> None:
    html = rendered("&#123;&#123; customer.email &#125;&#125; and {% raw %}{{ 7 }}{% endraw %}")

    assert re.search(r"\{ \{ customer\.email }}", html)
    assert "{ { 7 }}" in html


def test_a_picture_that_staff_uploaded_has_a_whole_address() -> None:
    html = rendered("::: image\nsrc: /m/abc\nalt: A picture\n:::")

    assert 'src="https://nurture.example/m/abc"' in html


def test_a_mail_fetches_nothing_from_strangers() -> None:
    html = rendered("Hi.")

    assert (
        re.findall(
            r"https?://(?:[a-z0-9-]+\.)*(google|w3)[a-z]*\.[a-z]+", html.replace("http://www.w3.org/1999/xhtml", "")
        )
        == []
    )
    assert "<link" not in html
    assert "@import" not in html


def test_a_layout_without_a_place_for_the_body_is_told() -> None:
    found = compile_email(read("Hi."), LAYOUT.replace("{{ body }}", ""), {}, SURVEYS).problems

    assert "must hold {{ body }} exactly once" in str(found[0])
