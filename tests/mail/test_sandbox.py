"""The sandbox: no way out, and nothing that grows."""

import pytest
from jinja2 import TemplateError

from nurture.channels.email.sandbox import FILTERS, HTML, TEXT, Fault, compiled, faults, parsed

ESCAPES = (
    "{{ ''.__class__.__mro__ }}",
    "{{ ''|attr('__class__') }}",
    "{{ customer['__class__'] }}",
    "{{ customer.__class__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ joiner.__init__ }}",
    "{{ namespace(a=1) }}",
    "{{ customer.items() }}",
    "{{ '%s'|format(customer) }}",
    "{{ '{0.__class__}'.format(customer) }}",
    "{{ customer|map(attribute='__class__')|list }}",
    "{{ x|safe }}",
    "{% autoescape false %}{{ x }}{% endautoescape %}",
    "{% import 'os' as os %}",
    "{% from 'a' import b %}",
    "{% extends 'a' %}",
    "{% block a %}{% endblock %}",
    "{% with a = 1 %}{% endwith %}",
    "{% filter upper %}a{% endfilter %}",
    "{% call a() %}{% endcall %}",
)
BOMBS = (
    "{{ 'a'|center(999999999) }}",
    "{{ 'a' * 999999999 }}",
    "{{ [0] * 10**8 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 'a' ~ 'a' }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '%999999999d'|format(1) }}",
    "{{ 'a'|replace('a', 'aaaa')|replace('a', 'aaaa') }}",
    "{{ 'a'|indent(999999999) }}",
    "{{ range(999999999) }}",
    "{{ [1]|slice(10**9) }}",
    "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}",
    "{% for a in x %}{% for b in x %}{% for c in x %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in x recursive %}{{ loop(x) }}{% endfor %}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "not " * 5000 + "1 }}",
    "{{ x" + "|upper" * 60 + " }}",
    "a" * 300_000,
)


@pytest.mark.parametrize("source", [*ESCAPES, *BOMBS], ids=range(len(ESCAPES) + len(BOMBS)))
def test_it_is_refused_before_anything_runs(source: str) -> None:
    tree = parsed(source)

    assert isinstance(tree, Fault) or list(faults(tree))


@pytest.mark.parametrize("source", ESCAPES[:5])
def test_it_would_not_get_out_even_if_it_were_compiled(source: str) -> None:
    """The second lock by itself: the environment has nothing to give, whatever the first one overlooks."""
    with pytest.raises(TemplateError):
        HTML.from_string(source).render(customer={"a": 1})


def test_a_text_joined_again_and_again_does_not_grow() -> None:
    long = "'" + "a" * 1000 + "'"
    template = compiled("{{ " + long + f"|join({long})" * 10 + " }}", TEXT)

    with pytest.raises(TemplateError, match="join needs a list"):
        template({})


def test_nothing_is_computed_while_a_template_is_saved() -> None:
    code = TEXT.compile("{{ 'abc'|upper }}", raw=True)

    assert "ABC" not in code


def test_no_filter_makes_a_value_safe_or_reaches_an_attribute() -> None:
    assert not {"safe", "attr", "map", "format", "replace", "center", "indent", "tojson", "xmlattr"} & set(FILTERS)


def test_compiling_what_is_forbidden_fails() -> None:
    with pytest.raises(TemplateError):
        compiled("{{ 'a'|center(9) }}", HTML)
