"""Proofreading: what a letter would be better without, each thing at its place; what is sound is left in peace."""

import pytest

from nurture.engine.email import Block, parse_email
from nurture.engine.policy import Sender
from nurture.engine.proofreading import Finding, of_colours, of_pictures, of_weight, pictures_of, proofread
from nurture.engine.proofreading.colours import Colour, colour_of, contrast, needed
from nurture.engine.proofreading.links import nowhere
from nurture.engine.proofreading.painted import painted
from nurture.engine.proofreading.wording import english_grade, german_grade, of_wording, sentences

SENDER = Sender(name="Ana", email="ana@harbour.example")
HEAD = '---\nsubject: "{subject}"\npreheader: "{preheader}"\nsender: success\ntopic: tips\n---\n'


def found(body: str = "Words.", subject: str = "A first report", preheader: str = "Five minutes.") -> list[Finding]:
    text = HEAD.format(subject=subject, preheader=preheader) + body
    email, problems = parse_email("letter", {"email.md": text})
    assert email is not None, problems
    return proofread(email, SENDER)


HEADS = [
    ({"subject": "A" * 61}, "check", "61 characters"),
    ({"subject": "YOUR FIRST REPORT"}, "check", "ALL CAPS"),
    ({"subject": "Act now!! Free"}, "tip", "advertisement"),
    ({"preheader": ""}, "check", "no preheader"),
    ({"preheader": "a first REPORT"}, "check", "repeats the subject"),
    ({"preheader": "A" * 131}, "tip", "the preheader has 131 characters"),
    ({"subject": "TODO: a subject"}, "check", "'TODO'"),
]


@pytest.mark.parametrize(("said", "level", "words"), HEADS)
def test_a_head_is_judged_at_its_line(said: dict[str, str], level: str, words: str) -> None:
    [finding] = [one for one in found(**said) if words in one.message]

    assert finding.level == level
    assert (finding.file, finding.line) == ("templates/emails/letter/email.md", 3 if "preheader" in said else 2)
    assert finding.key in said


BODIES = [
    ("See [the plans](http://harbour.example/plans).", "check", "not encrypted"),
    ("[Click here](https://harbour.example) for more.", "check", "a link says 'Click here'"),
    ("::: button\nlabel: Click here\nurl: https://harbour.example\n:::", "check", "the button says"),
    ("Lorem ipsum dolor.", "check", "'Lorem ipsum'"),
    ("Write to us at help@example.com.", "check", "'example.com'"),
    ("# One\n\n### Three", "check", "level 3 follows one of level 1"),
    ("::: button\nlabel: A\nurl: https://a.example\n:::\n::: next-milestone\n:::", "check", "2 buttons"),
    ("::: image\nsrc: https://a.example/a.png\nalt: A chart\nwidth: 300\n:::", "check", "pictures alone"),
    ("Words.\n\n::: image\nsrc: https://a.example/a.png\nalt: A chart\n:::", "tip", "no width"),
    ("A limited time offer.", "tip", "favourite of spam"),
    ("See [the plans](https://localhost:8000/plans).", "must", "leads to 'localhost', where no reader gets"),
    ("See [the plans](http://www.example.com).", "must", "leads to 'www.example.com'"),
    ("::: button\nlabel: See the plans\nurl: https://\n:::", "must", "the button 'See the plans' names no place"),
    ("Mehr davon [hier](https://harbour.example).", "check", "a link says 'hier'"),
    (
        "::: button\nlabel: Mehr erfahren\nurl: https://harbour.example\n:::",
        "check",
        "'Mehr erfahren', not what it does",
    ),
    ("[Plans](https://a.example/a) or [plans](https://a.example/b)", "check", "lead to different places"),
    ("Words.\n\nDO IT RIGHT NOW, please.", "tip", "“DO IT RIGHT NOW” is in capitals"),
    (f"So {'on and ' * 18}on.", "tip", "a sentence has 38 words"),
]


@pytest.mark.parametrize(("body", "level", "words"), BODIES)
def test_a_body_is_judged_at_its_line(body: str, level: str, words: str) -> None:
    findings = found(body)

    assert [(one.level, words in one.message) for one in findings] == [(level, True)]
    assert findings[0].line > 6


FINE = [
    "## How it goes\n\n1. One\n\n### More\n\nSee [our plans](https://harbour.example).",
    "::: button\nlabel: Start your import\nurl: https://harbour.example\n:::\nWords.",
    "Bring a CSV by HTTPS, or ask the API; NASA does so too.",
    "{% if stage == 'a' %}[Plans](https://a.example/a){% else %}[Plans](https://a.example/b){% endif %}",
    "See [the plans]({{ product.url }}) or [the map](https://{{ customer.traits.host }}/map).",
    "Dear {{ customer.first_name | default('you', true) }}, here is what you asked for.",
    '::: image\nsrc: https://a.example/a.png\nalt: ""\nwidth: 300\n:::\nWords.',
]


@pytest.mark.parametrize("body", FINE)
def test_a_sound_letter_is_left_in_peace(body: str) -> None:
    assert found(body) == []


def test_the_same_words_are_judged_once_for_all_their_readers() -> None:
    base = HEAD.format(subject="A", preheader="B") + "TODO.\n\n::: text own\nWords.\n:::\n"
    kevin = "::: text own\nTODO, for Kevin.\n:::\n"
    email, _ = parse_email("letter", {"email.md": base, "kevin.md": kevin, "wilma.md": "---\nsubject: C\n---\n"})
    assert email is not None

    assert [one.file.rsplit("/")[-1] for one in proofread(email, SENDER)] == ["email.md", "kevin.md"]


def test_replies_that_nobody_reads_are_told() -> None:
    email, _ = parse_email("letter", {"email.md": HEAD.format(subject="A", preheader="B") + "Words."})
    assert email is not None

    [finding] = proofread(email, SENDER.model_copy(update={"reply_to": "no-reply@harbour.example"}))

    assert "which nobody reads" in finding.message


HARD = (
    "Organisational considerations necessitate comprehensive administrative reconfiguration of collaborative"
    " infrastructural responsibilities. "
)
SCHWER = "Die Berücksichtigung organisatorischer Zuständigkeiten erfordert umfassende Verwaltungsmaßnahmen. "


@pytest.mark.parametrize(("language", "words"), [("en", HARD), ("de", SCHWER)])
def test_hard_words_are_told_in_the_years_of_school_they_take(language: str, words: str) -> None:
    blocks = [Block("prose", None, words * 10, 7, "email.md")]

    [finding] = of_wording(blocks, language)

    assert finding.level == "tip"
    assert "years of school" in finding.message
    assert not list(of_wording(blocks, "fr"))  # no formula of ours knows French
    assert not list(of_wording([blocks[0]._replace(body=words)], language))  # too little to judge


def test_a_grade_is_what_its_authors_defined() -> None:
    """13 syllables in 11 words; of 10 words none has three syllables, 5 have one, 2 have more than six letters."""
    english = sentences("The cat sat on a mat. My sister has the basket.")
    german = sentences("Die Katze liegt auf dem Teppich. Morgen kommt meine Schwester.")

    assert [len(words) for words in english] == [6, 5]
    assert english_grade(english) == pytest.approx(0.39 * 5.5 + 11.8 * 13 / 11 - 15.59)
    assert german_grade(german) == pytest.approx(0.1672 * 5 + 0.1297 * 20 - 0.0327 * 50 - 0.875)


@pytest.mark.parametrize(("size", "level"), [(81_600, None), (81_601, "tip"), (90_001, "check"), (102_001, None)])
def test_a_heavy_letter_is_weighed(size: int, level: str | None) -> None:
    """What is heavier still does not compile: no letter of it could go out."""
    heavy = of_weight("x" * size, "letter.md")

    assert (heavy.level if heavy else None) == level


def test_pictures_are_weighed_each_and_together() -> None:
    picture = "::: image\nsrc: /m/{n}\nalt: A chart\nwidth: 300\n:::\n"
    body = HEAD.format(subject="A", preheader="B") + "".join(picture.format(n=n) for n in range(5))
    email, _ = parse_email("letter", {"email.md": body, "de.md": "---\nsubject: C\npreheader: D\n---\n"})
    assert email is not None

    light = list(of_pictures(email, {f"/m/{n}": 160_000 for n in range(5)}))
    heavy = list(of_pictures(email, {f"/m/{n}": 160_000 + 50_000 * (n == 1) for n in range(5)}))

    assert pictures_of(email) == {f"/m/{n}" for n in range(5)}
    assert light == []
    assert [(one.line, one.message) for one in heavy] == [
        (13, "the picture has 210 kB"),
        (28, "the pictures have 850 kB together"),
    ]


def test_a_colour_is_told_from_another_as_wcag_defines_it() -> None:
    """The greys are WebAIM's well-known border cases on white: #767676 passes, #777777 does not."""
    white = Colour(255, 255, 255)

    assert contrast(white, Colour(0, 0, 0)) == pytest.approx(21)
    assert contrast(Colour(0x76, 0x76, 0x76), white) > 4.5 > contrast(Colour(0x77, 0x77, 0x77), white)
    assert [needed(24, bold=False), needed(18.66, bold=True), needed(18.66, bold=False)] == [3.0, 3.0, 4.5]
    assert white.forced_dark == Colour(0, 0, 0)
    assert colour_of("#FFF") == colour_of("white") == colour_of("rgb(255, 255, 255)") == white
    assert colour_of("rgba(0, 0, 0, .5)") is colour_of("var(--ink)") is None


LETTER = """<html><head><title>T</title><style>
@media (max-width: 480px) {{ .prose div {{ color: #ffffff !important; }} }}
@media (prefers-color-scheme: dark) {{
  body {{ background-color: #111111 !important; }} .prose div {{ color: {dark} !important; }}
}}</style></head><body style="background:#ffffff;"><div style="display:none;color:#ffffff">Hidden</div>
<table><tr><td class="prose"><div style="color:{light};">Words</div></td></tr></table></body></html>"""
LAYOUT = "mj-text color={light}\nprefers-color-scheme\n .prose {dark}"
SEEN = [
    ("#222222", "#eeeeee", []),
    ("#999999", "#eeeeee", [("check", 1, "text is hard to see in the light: #999999 on #ffffff is 2.8:1")]),
    ("#222222", "#444444", [("check", 3, "text is hard to see in the dark: #444444 on #111111 is 1.9:1")]),
]


@pytest.mark.parametrize(("light", "dark", "expected"), SEEN)
def test_words_that_are_hard_to_see_are_found_in_light_and_in_dark(
    light: str, dark: str, expected: list[tuple[str, int, str]]
) -> None:
    found = of_colours(LETTER.format(light=light, dark=dark), LAYOUT.format(light=light, dark=dark), "layout")

    assert [
        (one.level, one.line, one.message[: len(said)]) for one, (_, _, said) in zip(found, expected, strict=True)
    ] == expected


def test_a_forced_dark_is_foreseen_roughly_and_told_as_a_tip() -> None:
    """Black on green has 4.7:1, and becomes white on a lighter green."""
    [finding] = of_colours('<p style="color:#000000;background:#008855">Words</p>', "", "layout")

    assert (finding.level, finding.line) == ("tip", 0)
    assert "forces the dark (roughly): #000000 on #008855 is 2.5:1" in finding.message


def test_an_address_without_a_dot_is_nowhere_for_a_reader() -> None:
    assert nowhere(f"https:{2 * '/'}todo/plans") == "leads to 'todo', where no reader gets"


def test_what_weighs_more_is_what_is_painted() -> None:
    html = """<style>td .x b {{color:#000001}} b {{color:#000002}} .x b {{color:#000003}}</style>
    <table bgcolor="#ffff00"><tr><td><i class="x"><b>1</b></i><b style="color:#000004">2</b><i><b>3</b></i></td></tr>
    <tr><td style="background-color:rgba(0,0,0,.2)">unknown</td></tr></table><a href="/">4</a><!-- 5 -->"""

    seen = painted(html.replace("{{", "{").replace("}}", "}"))

    assert [str(one.colour) for one in seen] == ["#000001", "#000004", "#000002", "#0000ee"]
    assert {str(one.behind) for one in seen[:3]} == {"#ffff00"}
