"""The typed blocks of an email: what each may say.  A new type is a class here and its looks in channels."""

from typing import Annotated

from pydantic import StringConstraints, model_validator

from nurture.engine.document import Document, Key

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Button(Document):
    """The one thing to do."""

    label: Words
    url: Words


class Image(Document):
    """A picture; src is https or one that staff uploaded.  width: pixels, at most 600."""

    src: Words
    alt: str
    width: int | None = None

    @model_validator(mode="after")
    def _where_from(self) -> "Image":
        if not self.src.startswith(("https://", "/m/", "{{")):
            raise ValueError("`src` must start with https:// or /m/")
        if self.width is not None and not 1 <= self.width <= 600:
            raise ValueError("`width` is in pixels, from 1 to 600")
        return self


class Quote(Document):
    """What somebody said, in Markdown, and who."""

    text: Words
    by: str | None = None


class CareManager(Document):
    """A small card with a person's own words; name defaults to the sender."""

    says: Words
    name: str | None = None
    role: str | None = None


class SurveyQuestion(Document):
    """A survey: each choice a link; a score or a text is one button, with this label, to the page that asks it."""

    survey: Key
    label: Words = "Answer"


class NextMilestone(Document):
    """What this customer has not done yet; `fallback` is Markdown for those who have done everything."""

    fallback: str | None = None


class SnippetPlace(Document):
    """A piece of Markdown kept once for many emails."""

    snippet: Key


BLOCKS: dict[str, type[Document] | None] = {
    "text": None,
    "button": Button,
    "image": Image,
    "quote": Quote,
    "care-manager": CareManager,
    "survey": SurveyQuestion,
    "next-milestone": NextMilestone,
    "snippet": SnippetPlace,
}
WORDLESS = ("image", "survey", "next-milestone", "snippet")
"""Blocks whose words may come from elsewhere, so that a translation may leave them in place."""
