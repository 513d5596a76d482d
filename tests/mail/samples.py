"""An email, a letter and a survey that the tests of the post share."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nurture.channels.email.compose import CompiledEmail, compile_email
from nurture.channels.email.letter import Letter, headers_for
from nurture.channels.email.words import sample_words
from nurture.engine.email import EmailText, parse_email
from nurture.engine.problem import Problem
from nurture.engine.survey import Choice, Survey

LAYOUT = Path("templates/emails/_layout/default.mjml").read_text("utf-8")
HEAD = (
    "---\nsubject: \"{{ customer.first_name | default('Hello', true) }}, hello\"\nsender: success\ntopic: tips\n---\n"
)
DRIVER = Survey(
    id="driver",
    name="Driver",
    question="What matters most?",
    kind="choice",
    choices=(Choice(id="time", label="Time"), Choice(id="report", label="A report")),
)
SCORE = Survey(id="score", name="Score", question="From 0 to 10?", kind="score")
SURVEYS = {"driver": DRIVER, "score": SCORE}
WAY_OUT = "https://nurture.example/u/token"
ADDRESS = "1 Example Street, Exampleton EX1 1EX"


def read(body: str, **others: str) -> EmailText:
    """Parse an email from its body, and others by stem (`kevin_de` is kevin.de)."""
    files = {"email.md": HEAD + body} | {f"{stem.replace('_', '.')}.md": text for stem, text in others.items()}
    text, problems = parse_email("hello", files)
    assert text is not None, problems
    return text


def compiled(body: str, snippets: dict[str, str] | None = None, **others: str) -> CompiledEmail:
    """Compile an email from its body."""
    return compile_email(read(body, **others), LAYOUT, snippets or {}, SURVEYS)


def problems_of(body: str) -> list[Problem]:
    """What its author is told about this body."""
    return list(compiled(body).problems)


def words(*, full: bool = True, **customer: Any) -> dict[str, Any]:
    """Words about one recipient; keywords replace the customer's own."""
    found = sample_words(full=full, surveys={key: survey.ways for key, survey in SURVEYS.items()})
    found["customer"] |= customer
    return found


def letter(**changes: Any) -> Letter:
    """A letter that may go, with some of it changed."""
    headers = headers_for(list_host="nurture.example", feedback=("j", "s", "success"), unsubscribe_url=WAY_OUT)
    sample = Letter(
        to_email="ada@customer.example",
        to_name="Ada",
        from_email="ana@harbour.example",
        from_name="Ana at Harbour",
        reply_to="success@harbour.example",
        subject="Grüße, Ada",
        html=f'<p>Hello.</p><p><a href="{WAY_OUT}">Unsubscribe</a></p><p>{ADDRESS}</p>',
        text=f"Hello.\n.\n..and a line with dots\nUnsubscribe: {WAY_OUT}\n{ADDRESS}\n",
        headers=headers,
        send_id="s3nd1d",
        message_id="enr_1:welcome/1",
        category="first-win.welcome",
        date=datetime(2026, 1, 5, 9, tzinfo=UTC),
        postal_address=ADDRESS,
    )
    return sample._replace(**changes)
