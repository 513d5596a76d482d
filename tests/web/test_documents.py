"""What README and the tutorial tell a newcomer to send is what the doors take."""

import json
import re

import pytest

from nurture.settings import ROOT
from tests.web.product import Product

PAGES = ("README.md", "docs/tutorial/getting-started.md")
SENT = re.compile(r"curl -sS \S+?(/v1/\w+) .*?-d '(.*?)'", re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_every_curl_of_the_page_is_answered_as_it_says(page: str, product: Product) -> None:
    sent = SENT.findall((ROOT / page).read_text())
    key = product.key("ingest", "read")

    answers = [product.client.post(path, json=json.loads(body), headers=key).status_code for path, body in sent]

    assert sent
    assert answers == [201, 202][: len(sent)]


def test_every_setting_is_in_the_reference() -> None:
    from nurture.settings import Settings

    told = (ROOT / "docs/reference/settings.md").read_text()

    assert [field.alias for field in Settings.model_fields.values() if f"`{field.alias}`" not in told] == []
