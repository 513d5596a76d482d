"""The `nurture` command: what an operator or a program asks of an installation, one small file per noun.

Takes: words on the command line, the environment, files of documents and scenarios.
Gives: text or JSON on stdout, one sentence on stderr where it must refuse; status 0 done, 1 not sound, 2 wrong input.
May touch: the database through stations and store, files that it is told to read or write; it opens nothing at --help.
Never: SQL, a rule of its own about customers, a secret shown twice, a traceback for what the operator can mend.
"""

import click

from nurture import __version__
from nurture.cli.apply import apply
from nurture.cli.audit import audit
from nurture.cli.backtest import backtest
from nurture.cli.check import check
from nurture.cli.coverage import coverage
from nurture.cli.customers import customers
from nurture.cli.db import db
from nurture.cli.demo import demo
from nurture.cli.doctor import doctor
from nurture.cli.export import export
from nurture.cli.forecast import forecast
from nurture.cli.hold import hold, resume
from nurture.cli.keys import keys
from nurture.cli.openapi import openapi
from nurture.cli.refusing import Refusing
from nurture.cli.schema import schema
from nurture.cli.send_test import send_test
from nurture.cli.serve import serve
from nurture.cli.simulate import simulate
from nurture.cli.speech import example
from nurture.cli.staff import staff
from nurture.cli.why import why


@click.group(cls=Refusing, epilog=example("nurture serve", "nurture simulate first-win --persona wilma"))
@click.version_option(__version__, message="nurture %(version)s")
def main() -> None:
    """Walk every new trial customer from sign-up to adoption.

    Settings are read from the environment: docs/reference/settings.md lists them.
    """


for command in (
    *(serve, demo, db, apply, export, check, schema),
    *(simulate, backtest, forecast, coverage, why, send_test, customers),
    *(staff, keys, audit, hold, resume, doctor, openapi),
):
    main.add_command(command)
