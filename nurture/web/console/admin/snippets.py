"""How to send a first sign-up, as text to copy: signed by the Standard Webhooks specification, in shell and in Python.

Neither holds the secret: both read it where the service keeps it, so that a page may show them to anybody.
"""

from nurture.parts import Parts

BODY = (
    '{"user_id": "u-2", "email": "kevin@customer.example", "name": "Kevin Reed", "company": "Reed Parts",'
    ' "role": "developer", "timezone": "Europe/Berlin"}'
)

CURL = """\
url=URL
secret=SECRET
body='BODY'
id=msg_$(date +%s); at=$(date +%s)
key=$(printf %s "${secret#whsec_}" | base64 -d | od -An -vtx1 | tr -d ' \\n')
signature=$(printf %s "$id.$at.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
curl -sS "$url/v1/signups" -H 'content-type: application/json' \\
  -H "webhook-id: $id" -H "webhook-timestamp: $at" -H "webhook-signature: v1,$signature" \\
  -d "$body"
"""

PYTHON = """\
from datetime import datetime, timezone
from pathlib import Path
from urllib.request import Request, urlopen

from standardwebhooks import Webhook

body = '''BODY'''
at = datetime.now(timezone.utc)
message_id = f"msg_{at:%Y%m%d%H%M%S}"
signature = Webhook(SECRET).sign(message_id, at, body)
headers = {
    "content-type": "application/json",
    "webhook-id": message_id,
    "webhook-timestamp": str(int(at.timestamp())),
    "webhook-signature": signature,
}
with urlopen(Request("URL/v1/signups", body.encode(), headers)) as answer:
    print(answer.status, answer.read().decode())
"""


def curl(parts: Parts) -> str:
    """A sign-up by curl and openssl, run in the project's folder."""
    kept = f"$(cat {parts.settings.var}/signup_secret)"
    return _filled(CURL, parts, '"${NURTURE_SIGNUP_SECRET%%,*}"' if parts.settings.signup_secret else kept)


def python(parts: Parts) -> str:
    """The same by Python, with the library that the service verifies with."""
    kept = f'Path("{parts.settings.var}/signup_secret").read_text().strip()'
    if not parts.settings.signup_secret:
        return _filled(PYTHON, parts, kept)
    text = PYTHON.replace("from pathlib import Path", "from os import environ")
    return _filled(text, parts, 'environ["NURTURE_SIGNUP_SECRET"].split(",")[0]')


def _filled(text: str, parts: Parts, secret: str) -> str:
    return (
        text.replace("URL/", f"{parts.settings.public_url}/")
        .replace("url=URL", f"url={parts.settings.public_url}")
        .replace("=SECRET", f"={secret}")
        .replace("(SECRET)", f"({secret})")
        .replace("BODY", BODY)
    )
