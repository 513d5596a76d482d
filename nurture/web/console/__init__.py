"""The console: what staff see of every customer and every letter, and why.

Takes: parts, a browser's request, and the cookie of somebody who has signed in.
Gives: pages that need no script: work (customers, care tasks), design (journeys, emails, the playbook), admin.
May touch: parts, and the store's reading questions; it writes sessions, an audit row where a secret is shown, and, by
    its station, what staff do about a care task.
Never: a page for somebody unknown, a route without a least role, an unsafe method without the form's token.
"""

from flask import Blueprint

from nurture.parts import Parts
from nurture.web.compiled import compile_once
from nurture.web.console.access import guard
from nurture.web.console.admin.account import add_account
from nurture.web.console.admin.audit import add_audit
from nurture.web.console.admin.health import add_health
from nurture.web.console.admin.images import add_images
from nurture.web.console.admin.keys import add_keys
from nurture.web.console.admin.outbox import add_outbox
from nurture.web.console.admin.sending import add_sending
from nurture.web.console.admin.settings import add_settings
from nurture.web.console.admin.staff import add_staff
from nurture.web.console.admin.suppression import add_suppression
from nurture.web.console.assets import add_assets
from nurture.web.console.components import add_components
from nurture.web.console.design.drafting import add_drafting
from nurture.web.console.design.emails import add_emails
from nurture.web.console.design.flow.pages import add_flow
from nurture.web.console.design.flow.settings import add_journey_settings
from nurture.web.console.design.journeys import add_journeys
from nurture.web.console.design.pausing import add_pausing
from nurture.web.console.design.people import add_people
from nurture.web.console.design.playbook import add_playbook
from nurture.web.console.design.publishing import add_publishing
from nurture.web.console.design.results import add_results
from nurture.web.console.design.simulate import add_simulate
from nurture.web.console.design.testing import add_testing
from nurture.web.console.design.text import add_text
from nurture.web.console.design.versions import add_versions
from nurture.web.console.help import add_help
from nurture.web.console.login import add_login
from nurture.web.console.page import dress
from nurture.web.console.trouble import add_trouble
from nurture.web.console.work.acts import add_acts
from nurture.web.console.work.bulk import add_bulk
from nurture.web.console.work.customer import add_customer
from nurture.web.console.work.customers import add_customers
from nurture.web.console.work.errand import add_errands
from nurture.web.console.work.feedback import add_feedback
from nurture.web.console.work.files import add_files
from nurture.web.console.work.segment import add_segment
from nurture.web.console.work.steer import add_steering
from nurture.web.console.work.tasks import add_tasks
from nurture.web.console.work.theirs import add_theirs
from nurture.web.console.work.today import add_today
from nurture.web.console.work.whynot import add_whynot

__all__ = ["blueprint"]


def blueprint(parts: Parts) -> Blueprint:
    """Make the routes of the console: `/`, `/login`, `/customers`, `/tasks`, `/outbox`, `/settings`."""
    pages = Blueprint("console", __name__, template_folder="templates")
    pages.record(compile_once)
    pages.before_request(guard(parts))
    pages.after_request(dress)
    add_assets(pages)
    add_components(pages, parts)
    add_login(pages, parts)
    add_help(pages, parts)
    add_today(pages, parts)
    for add in (
        add_customers,
        add_bulk,
        add_files,
        add_segment,
        add_errands,
        add_customer,
        add_whynot,
        add_acts,
        add_theirs,
        add_steering,
    ):
        add(pages, parts)
    add_tasks(pages, parts)
    add_feedback(pages, parts)
    add_drafting(pages, parts)
    add_emails(pages, parts)
    add_publishing(pages, parts)
    add_versions(pages, parts)
    add_pausing(pages, parts)
    add_people(pages, parts)
    add_results(pages, parts)
    add_simulate(pages, parts)
    add_testing(pages, parts)
    add_flow(pages, parts)
    add_journeys(pages, parts)
    add_journey_settings(pages, parts)
    add_text(pages, parts)
    add_playbook(pages, parts)
    add_outbox(pages, parts)
    add_sending(pages, parts)
    add_audit(pages, parts)
    add_settings(pages, parts)
    add_health(pages, parts)
    add_images(pages, parts)
    add_staff(pages, parts)
    add_keys(pages, parts)
    add_suppression(pages, parts)
    add_account(pages, parts)
    add_trouble(pages)
    return pages
