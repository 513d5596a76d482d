"""The API's document is complete and true: all routes stand in it, and a fuzzer driven by it finds nothing untold."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from jsonschema import Draft202012Validator
from schemathesis import Case, CheckContext, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from nurture.channels.email.links import Links
from nurture.cli import main
from nurture.flow.ground import Shelf
from nurture.flow.letters import Composer
from nurture.web import for_machines
from nurture.web.api import ROUTES
from nurture.web.reference.openapi import address, document, text
from tests.sqlite import SqliteFiles
from tests.web.asking import BODIES
from tests.web.documented import undocumented, whole
from tests.web.harbour import KEYS, URL, harbour_at, prepare
from tests.web.product import Product, served, told

SPOILABLE = {"query", "header"}  # of most names in a path any text may be one
EXAMPLES = 4  # of each kind for each route
BOUNDED = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
JUDGES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def refuses_what_is_not_told(ctx: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """What breaks the shapes is refused; one who is too long for its field may be too long for any body."""
    return None if response.status_code == 413 else negative_data_rejection(ctx, response, case)


@pytest.fixture
def product(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Product]:
    shelf, composer = Shelf(), Composer(Links(URL, KEYS), URL)  # what is published here is nobody else's
    with (
        sqlite_files.database(prepare) as url,
        harbour_at(url, tmp_path, shelf=shelf, composer=composer) as harbour,
    ):
        harbour.signs_up("ada")
        harbour.signs_up("bo")
        harbour.post()
        yield Product(harbour)


def test_every_route_for_machines_stands_in_the_document_and_no_other(product: Product) -> None:
    rules = [rule for rule in product.app.url_map.iter_rules() if for_machines(rule.rule)]

    routes = {
        (method, address(rule.rule)) for rule in rules for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(method.upper(), path) for path, item in document()["paths"].items() for method in item}
    assert routes == described


def test_it_is_served_without_a_key_and_printed_by_the_command(product: Product) -> None:
    answer = product.client.get("/openapi.json")
    printed = CliRunner().invoke(main, ["openapi"])

    assert told(answer) == document()
    assert (answer.text, printed.exit_code) == (printed.output, 0)
    assert json.loads(text())["openapi"] == "3.1.0"


def test_every_shape_in_it_is_sound_and_every_reference_leads_somewhere() -> None:
    found = document()
    schemas = found["components"]["schemas"]

    for one in schemas.values():
        Draft202012Validator.check_schema(one)
    assert {ref.removeprefix("#/components/schemas/") for ref in references(found)} == schemas.keys()


def references(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        if isinstance(found.get("$ref"), str):
            yield found["$ref"]
        for inner in found.values():
            yield from references(inner)
    elif isinstance(found, list):
        for inner in found:
            yield from references(inner)


KNOWN = {"reference": "u-ada", "kind": "journey", "key": "first-win", "notice_id": "ntc_x"}


def test_what_is_right_is_answered_as_the_document_tells(product: Product) -> None:
    """Each body of the fuzzer's, unspoilt, in the order of the table; what forgets somebody comes last."""
    key = {**product.key("admin"), "If-Match": "*"}
    wrong, done = [], set()
    for route in sorted(ROUTES, key=lambda route: route.method == "DELETE"):
        path = address(f"/v1{route.path}")
        for content in BODIES.get(f"api.{route.name}", [None]):
            answer = product.client.open(path.format(**KNOWN), method=route.method, json=content, headers=key)
            wrong.append(undocumented(route.method, path, answer.status_code, answer.content_type, answer.data))
            done |= {route.name} if answer.status_code < 300 else set()

    assert [one for one in wrong if one] == []
    assert len(done) > 30


def operations() -> list[Any]:
    """What may be asked, but for who asks: a fuzzer that knows of keys spends itself on wrong ones."""
    told = deepcopy(dict(whole()))
    for item in told["paths"].values():
        for operation in item.values():
            operation.pop("security")
    schema = schemathesis.openapi.from_dict(told)
    found = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    return sorted(found, key=lambda operation: operation.method == "delete")  # whoever is forgotten answers no more


def cases(operation: Any, mode: GenerationMode) -> Iterator[SearchStrategy[Case[Any]]]:
    """What may be sent there: about anything, and, where names stand in the path, about what is there."""
    known = {name: word for name, word in KNOWN.items() if f"{{{name}}}" in operation.path}
    spoilt = mode == GenerationMode.NEGATIVE
    if not spoilt or SPOILABLE & {parameter["in"] for parameter in said(operation).get("parameters", ())}:
        yield operation.as_strategy(mode)
    if "requestBody" in said(operation) or (known and not spoilt):
        yield operation.as_strategy(mode, path_parameters=known)


def said(operation: Any) -> dict[str, Any]:
    """What the document says of it."""
    found: dict[str, Any] = whole()["paths"][operation.path][operation.method]
    return found


class Asker:
    """Sends what a fuzzer makes up, and keeps what was answered to it and should not have been."""

    def __init__(self, base: str, web: requests.Session) -> None:
        self.base, self.web = base, web
        self.asked = 0
        self.wrong: list[str] = []

    def asks(self, cases: SearchStrategy[Case[Any]], headers: dict[str, str], checks: list[Any], times: int) -> None:
        @settings(BOUNDED, max_examples=times)
        @given(case=cases)
        def ask(case: Case[Any]) -> None:
            answer = case.call(base_url=self.base, headers=headers, session=self.web, timeout=10, allow_redirects=False)
            self.asked += 1
            try:
                case.validate_response(answer, checks=checks)
            except FailureGroup as group:
                said = [f"{one.title}: {one.message}" for one in group.exceptions]
                self.wrong.append(f"{case.operation.label}: {said}: {case.as_curl_command()}")

        ask()


def test_a_fuzzer_driven_by_it_finds_no_answer_that_it_does_not_tell(product: Product) -> None:
    """With a key that opens everything and without any, by its shapes and against them, the same each time."""
    key = product.key("admin")
    with served(product) as base, requests.Session() as web:
        asker = Asker(base, web)
        for operation in operations():
            for strategy in cases(operation, GenerationMode.POSITIVE):
                asker.asks(strategy, key, JUDGES, EXAMPLES)
            for strategy in cases(operation, GenerationMode.NEGATIVE):
                asker.asks(strategy, key, [*JUDGES, refuses_what_is_not_told], EXAMPLES)
            asker.asks(operation.as_strategy(GenerationMode.POSITIVE), {}, JUDGES, 1)

    assert asker.wrong == []
    assert asker.asked > 400
