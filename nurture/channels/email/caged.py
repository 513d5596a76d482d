"""Caged: the child's side.  It reads jobs, does them within its limits and answers, and can open nothing.

Run as `python -m nurture.channels.email.caged` by the cage alone.
"""

import os
import pickle
import resource
import sys
from codecs import lookup
from importlib import import_module
from math import ceil

from nurture.channels.email.advice import advice_on
from nurture.channels.email.cage import ANSWER, Answer, Judge, Shared, Write, receive, send
from nurture.channels.email.compose import Unrenderable, compile_email, compile_for
from nurture.channels.email.words import sample_words
from nurture.engine.email import parse_email
from nurture.engine.proofreading import proofread

MEMORY = 512 * 1024 * 1024  # octets of address space
CPU = 2  # seconds of one job
_LAYOUT = (
    "<mjml><mj-head></mj-head><mj-body><mj-section><mj-column><mj-text>{{ product.name | d('x', true) }}</mj-text>"
    "</mj-column></mj-section>{{ body }}</mj-body></mjml>"
)
_EMAIL = """---
subject: "{{ customer.first_name | default('Grüße', true) }}"
sender: us
topic: all
---
# Hello, *you*

{% if trial.days_left == 1 %}A [link](https://example.com/{{ stage | urlencode }}).{% endif %}

::: button
label: Go on
url: https://example.com/
:::
"""


def main() -> None:
    """Do jobs until nobody asks any more."""
    os.environ.clear()
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no answer
    _warm_up()
    _shut()
    while True:
        try:
            asked = receive(jobs)
        except EOFError:
            return
        _wind_up()
        send(answers, ANSWER.dump_json(_answered(asked)))


def _answered(asked: bytes) -> Answer:
    """Do one job; an error that nobody foresaw is an answer too."""
    try:
        return _done(pickle.loads(asked)) if asked else Answer()  # noqa: S301 - from our own parent
    except Exception as error:  # noqa: BLE001 - whatever a hostile text brings about
        return Answer(broken=type(error).__name__)


def _done(job: Judge | Write) -> Answer:
    if isinstance(job, Judge):
        proofread(job.email, None, job.shared.snippets)  # what passed here is proofread at home, for those who ask
        compiled = compile_email(job.email, *job.shared)
        return Answer(compiled.problems, tuple(advice_on(compiled, job.shared.layout, job.shared.surveys)))
    compiled = compile_for(job.email, job.persona, job.locale, *job.shared)
    if any(one.must_fix for one in compiled.problems):
        return Answer(compiled.problems)
    try:
        return Answer(compiled.problems, rendered=compiled.render(None, None, job.words))
    except Unrenderable as error:
        return Answer(compiled.problems, why=str(error))


def _warm_up() -> None:
    """Do a job of our own, so that everything is loaded while files can still be opened."""
    for module in ("jinja2.debug", "unicodedata"):  # asked for where a template cannot be read, and by Python itself
        import_module(module)
    for codec in ("ascii", "idna", "latin-1", "unicode_escape"):
        lookup(codec)
    email, _ = parse_email("hello", {"email.md": _EMAIL})
    assert email is not None
    _done(Judge(email, Shared(_LAYOUT, {}, {})))
    _done(Write(email, Shared(_LAYOUT, {}, {}), None, None, sample_words()))


def _shut() -> None:
    """No memory without end, no core; no file, socket or pipe is opened any more, and no file grows."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    if sys.platform != "darwin":  # which refuses any limit of address space
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _wind_up() -> None:
    """Allow CPU for one job more: the limit counts the whole life."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (ceil(used.ru_utime + used.ru_stime + CPU), most))


if __name__ == "__main__":
    main()
