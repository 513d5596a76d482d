"""Where each route of the console is found, and what its form carries: one line per route."""

PLACES = {
    "home": ("GET", "/"),
    "customers": ("GET", "/customers"),
    "customer": ("GET", "/customers/u-ada"),
    "tasks": ("GET", "/tasks"),
    "task_claim": ("POST", "/tasks/{task}/claim"),
    "task_snooze": ("POST", "/tasks/{task}/snooze"),
    "task_done": ("POST", "/tasks/{task}/done"),
    "outbox": ("GET", "/outbox"),
    "letter": ("GET", "/outbox/{message}"),
    "letter_html": ("GET", "/outbox/{message}/html"),
    "settings": ("GET", "/settings"),
    "reveal": ("POST", "/settings"),
    "undone": ("POST", "/documents/journey/first-win/undo"),
    "redone": ("POST", "/documents/journey/first-win/redo"),
    "discarded": ("POST", "/documents/journey/first-win/discard"),
    "audited": ("GET", "/audit"),
    "audit_file": ("GET", "/audit.csv"),
    "sending_hold": ("POST", "/sending/hold"),
    "sending_resume": ("POST", "/sending/resume"),
    "themed": ("POST", "/theme"),
    "sign_out": ("POST", "/logout"),
}
"""Where each route of the console is found."""
DRAFT = {"draft": "1"}
FORMS = {
    "undone": DRAFT,
    "redone": DRAFT,
    "discarded": DRAFT,
    "task_snooze": {"until": "2026-01-07"},
    "task_done": {"outcome": "done"},
}
