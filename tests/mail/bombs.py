"""Bodies of an email that burn time or memory, and bodies that look for a way out."""

from itertools import product
from random import Random

MANY = 60_000  # octets, a little less than a file may have

BOMBS = (
    "{{ 'a'|center(10**9) }}",
    "{{ 'a'|center(999999999) }}",
    "{{ 'a' * 999999999 }}",
    "{{ [0] * 10**8 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ '%999999999d' % 1 }}",
    "{{ '%999999999d'|format(1) }}",
    "{{ '{:>999999999}'.format(1) }}",
    "{{ 'aaaa'|replace('a', 'aaaa')|replace('a', 'aaaa')|replace('a', 'aaaa') }}",
    "{{ 'a'|indent(999999999) }}",
    "{{ 'a'|wordwrap(1)|indent(99999999) }}",
    "{{ [1]|slice(10**9)|list }}",
    "{{ [1]|batch(10**9, 1)|list }}",
    "{{ range(999999999)|list }}",
    "{% for a in range(10**9) %}{% endfor %}",
    "{% set n = namespace(x='a') %}{% for i in 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}{% set n.x = n.x ~ n.x %}{% endfor %}",
    "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}",
    "{% for a in milestones.done recursive %}{{ loop(milestones.done) }}{% endfor %}",
    "{% for a in milestones.done %}" * 40 + "x" + "{% endfor %}" * 40,
    "{% if stage %}" * 2000 + "x" + "{% endif %}" * 2000,
    "{{ " + "(" * 30_000 + "1" + ")" * 30_000 + " }}",
    "{{ " + "[" * 30_000 + "1" + "]" * 30_000 + " }}",
    "{{ " + "not " * 15_000 + "1 }}",
    "{{ " + "-" * MANY + "1 }}",
    "{{ stage" + "|upper" * 9_000 + " }}",
    "{{ customer" + ".a" * 29_000 + " }}",
    "{{ " + "9" * MANY + " }}",
    "{{ '" + "a" * MANY + "' }}",
    "{{ 1" + " if 1 else 1" * 5_000 + " }}",
    "{{ lipsum(n=10**8) }}",
    "{{ stage" + "|join('aaaaaaaaaa')" * 40 + " }}",
    "{{ 1e308|round(99999999) }}",
    "[" * MANY,
    "[a](" * (MANY // 4),
    "![a](" * (MANY // 5),
    "{{" * (MANY // 2),
    "{%" * (MANY // 2),
    "**a _b " * (MANY // 7),
    ">" * MANY,
    "\n".join("  " * n + "- a" for n in range(240)),
    "".join("`" * (n % 300) + "a" for n in range(390)),
    "<" * MANY,
    "<!--" * (MANY // 4),
    "&" * MANY,
    "<mj-section><mj-column>" * 2_600,
    '<a href="x">' * (MANY // 12),
    "```\n" * (MANY // 4),
    "::: button\nlabel: " + "[" * 50_000 + "\nurl: https://a.example/\n:::",
    "::: button\nlabel: &a [1, 1, 1]\nurl: [*a, *a, *a]\n:::",
    "::: button\n"
    + "\n".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]" for n in range(9)),
    "::: quote\nwords: " + "{a: " * 15_000 + "\n:::",
)

# What would be read if a way out were found: each stands for a walk to the classes, the globals or the files.
_STARTS = ("''", "()", "[]", "1", "customer", "customer.traits", "stage", "self", "loop", "links", "true", "none")
_WAYS = (
    ".__class__.__mro__[1].__subclasses__()",
    "['__class__']['__base__']",
    "|attr('__class__')",
    "|attr('\\x5f\\x5fclass\\x5f\\x5f')",
    "|attr(['__cla', 'ss__']|join)",
    ".__init__.__globals__['os'].environ",
    "['__init__']['__globals__']",
    "|map(attribute='__class__')|list|string",
    "|map('attr', '__class__')|list|string",
    "|selectattr('__class__')|list|string",
)
_KNOWN = (
    "{{ '{0.__class__.__init__.__globals__}'.format(customer) }}",  # CVE-2016-10745
    "{{ '%s'|format(customer.__class__) }}",
    "{{ '{a.__class__}'.format_map({'a': customer}) }}",  # CVE-2019-10906
    "{{ ('{a.__class__}'.format_map)(customer) }}",
    "{% set f = '{0.__class__}'.format %}{{ f(customer) }}",  # CVE-2024-56326
    "{{ ['{0.__class__}']|map('format', customer)|list }}",
    "{% filter format(customer) %}{0.__class__}{% endfilter %}",
    "{% import '\"}\\nimport os\\n#' as a %}",  # CVE-2024-56201
    '{% include \'{__import__("os").system("id")}\' %}',
    "{% extends 'a\\'+__import__(\\'os\\').popen(\\'id\\').read()+\\'' %}",
    "{{ ('{0.__class__}'|attr('format'))(customer) }}",  # CVE-2025-27516
    "{{ ''|attr('format')|attr('__self__') }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ lipsum|attr('__globals__') }}",
    "{{ cycler.__init__.__globals__.os.environ }}",
    "{{ cycler('a', 'b').next.__func__.__globals__ }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ namespace(a=1)|attr('_Namespace__attrs') }}",
    "{{ dict.__base__.__subclasses__() }}",
    "{{ dict(a=1).__class__ }}",
    "{{ range.__class__.__base__ }}",
    "{{ self._TemplateReference__context.environment }}",
    "{{ self.__init__.__globals__.__builtins__ }}",
    "{{ url_for.__globals__ }}",
    "{{ get_flashed_messages.__globals__ }}",
    "{{ config.items() }}",
    "{{ request.application.__globals__ }}",
    "{{ g.pop.__globals__ }}",
    "{{ environment }}",
    "{{ context }}",
    "{{ caller() }}",
    "{{ varargs }}",
    "{{ undefined_word.__class__ }}",
    "{{ undefined_word._undefined_exception }}",
    "{{ customer.items() }}",
    "{{ customer.pop('email') }}",
    "{{ customer.traits.__missing__ }}",
    "{{ customer.traits.update({'a': 1}) }}",
    "{{ milestones.done.append(1) }}",
    "{% for a in milestones.done %}{{ loop.__class__ }}{% endfor %}",
    "{% for a in milestones.done %}{{ loop._iterator }}{% endfor %}",
    "{% for a in milestones.done %}{{ loop.cycle.__globals__ }}{% endfor %}",
    "{{ stage|safe }}",
    "{{ stage|tojson }}",
    "{{ stage|pprint }}",
    "{{ stage|xmlattr }}",
    "{{ {'a': 1} }}",
    "{% autoescape false %}{{ stage }}{% endautoescape %}",
    "{% do customer.clear() %}",
    "{% debug %}",
    "{% trans %}a{% endtrans %}",
    "{% with a = customer.__class__ %}{{ a }}{% endwith %}",
    "{% call customer() %}{% endcall %}",
    "{% block a %}{{ super() }}{% endblock %}",
    "{{ \uff3f\uff3fclass\uff3f\uff3f }}",
    "{{ ''.\uff3f\uff3fclass\uff3f\uff3f }}",
    "{{ '' . _\u005fclass__ }}",
    "{{ customer['\\u005f\\u005fclass\\u005f\\u005f'] }}",
    "{{ customer['__' ~ 'class' ~ '__'] }}",
)
ESCAPES = (*_KNOWN, *(f"{{{{ {start}{way} }}}}" for start, way in product(_STARTS, _WAYS)))

WRAPS = (
    *("{}", "{{% if stage %}}{}{{% endif %}}", "{{% for a in milestones.done %}}{}{{% endfor %}}", "> {}", "- {}"),
    *(
        "[{}](https://a.example/)",
        "[a](https://a.example/{})",
        "**{}**",
        "# {}",
        "`{}`",
        "{{% set x %}}{}{{% endset %}}",
    ),
    *("::: quote\n{}\n:::", "::: button\nlabel: {}\nurl: https://a.example/\n:::", "<b title='{}'>a</b>", "{0}\n\n{0}"),
)
"""Where a bomb may lie."""


def mixed(seed: int) -> str:
    """A bomb of several, one inside or behind another."""
    dice, body = Random(seed), ""
    for _ in range(dice.randint(1, 4)):
        bomb = dice.choice(BOMBS)
        if dice.random() < 0.5:
            bomb = bomb[: dice.randint(1, len(bomb))]
        body += dice.choice(WRAPS).format(bomb) + dice.choice(("", "\n\n", " "))
    return body[:MANY]
