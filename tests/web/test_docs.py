"""The page on the API says whatever the document says, in words, and needs neither key nor script."""

import re

from nurture.web.reference.openapi import document
from nurture.web.reference.said import Field, chapters
from tests.web.product import Product


def test_every_route_is_on_the_page(product: Product) -> None:
    answer = product.client.get("/docs")
    whole = document()
    told = {f"{method.upper()} {path}" for path, found in whole["paths"].items() for method in found}

    shown = re.findall(r'<span class="method">(\w+)</span> <code>([^<]+)</code>', answer.text)

    assert answer.status_code == 200
    assert {" ".join(one) for one in shown} == told
    assert "<script" not in answer.text
    assert "{'" not in answer.text


def test_a_field_is_said_in_words_with_what_stands_inside_it() -> None:
    [signs_up] = chapters(document())["signups"]
    fields = {one.name: one for one in signs_up.takes[0]}

    assert fields["email"] == Field("email", "text, at most 320 characters", must=True)
    assert fields["trial_days"] == Field("trial_days", "whole number or null", must=False)
    assert fields["at"].kind == "moment or null"
    assert {one.depth for one in signs_up.takes[0]} == {0, 1}
    assert [one.status for one in signs_up.answers if one.fields] == ["200", "201"]


def test_what_takes_one_thing_or_another_says_both() -> None:
    [takes] = chapters(document())["events"]

    assert ["events" in {field.name for field in body} for body in takes.takes] == [False, True]
