"""A small playbook whose journeys tell other systems, and say something in the product."""

from tests.stories.care_playbook import TEXTS

SECRET = "whsec_dGhpcyBpcyBubyByZWFsIHNlY3JldCBhdCBhbGw="
LIFECYCLE = """
stages: [{id: considering, phase: learn}, {id: assessing, phase: buy}, {id: terminated, phase: leave, final: true}]
starts: {lead: considering, signup: assessing}
moves:
  - {from: [considering, terminated], to: assessing, on: signed_up}
  - {from: assessing, to: terminated, on: trial_cancelled}
"""
JOURNEYS = {
    "tell": """
id: tell
name: Tell the CRM
enter: {on: crm_news, again: always}
steps: [{id: call, do: webhook, to: crm, send: {rating: warm}}]
""",
    "slow": """
id: slow
name: Tell somebody slow
enter: {on: slow_news, again: always}
steps: [{id: call, do: webhook, to: slow}]
""",
    "hello": """
id: hello
name: Say hello in the product
enter: {stage: assessing}
steps:
  - id: hint
    do: message
    title: Your first report
    body: It takes three clicks.
    for: {kevin: {body: GET /reports is all it takes., label: Docs, url: /docs}}
""",
}


def texts(port: int) -> dict[tuple[str, str], str]:
    """Everything that is published, with outbounds that lead to this port."""
    base = {key: text for key, text in TEXTS.items() if key[0] not in ("journey", "task")}
    here = f"http://127.0.0.1:{port}"
    return {
        **base,
        ("lifecycle", "lifecycle"): LIFECYCLE,
        **{("journey", key): text for key, text in JOURNEYS.items()},
        ("outbound", "crm"): f"id: crm\nurl: {here}/crm\nsecret_env: CRM_SECRET\n",
        ("outbound", "slow"): f"id: slow\nurl: {here}/slow\n",
    }
