"""Writing a product's texts in one other language. The product's own update replaces all languages at once."""

from __future__ import annotations

import re
import uuid

from core.problems import InvalidInput, NotFound
from core.transactions import entry
from products.fields import TranslationFields
from products.html import clean_html
from products.models import ProductTranslation
from products.services.journal import product_changed
from products.services.locks import Precondition, no_precondition, product_lock

MAX_LANGUAGE = 10
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")


def language_check(language: str, *, pointer: str) -> str:
    """Return a language's tag.

    Raises:
        InvalidInput: it doesn't have the form of one, or is longer than a market's.
    """
    if len(language) > MAX_LANGUAGE or not _LANGUAGE.match(language):
        detail = f"This is not a language tag of up to {MAX_LANGUAGE} characters such as en, es or pt-BR."
        raise InvalidInput.at(pointer, detail, code="language")
    return language


@entry
def translation_set(
    *,
    product_id: uuid.UUID,
    language: str,
    fields: TranslationFields,
    actor: str,
    precondition: Precondition[ProductTranslation | None] = no_precondition,
) -> tuple[ProductTranslation, bool]:
    """Write a product's texts in a language, whole; return them and whether they are new.

    The precondition is given None when there are none yet.

    Raises:
        ProductNotFound: there is no such product.
        InvalidInput: the language isn't one.
    """
    language_check(language, pointer="")
    product = product_lock(product_id)
    known = ProductTranslation.objects.filter(product=product, language=language).first()
    precondition(known)
    translation = known or ProductTranslation(product=product, language=language)
    translation.title = fields["title"]
    translation.description = clean_html(fields.get("description", ""))
    translation.seo_title = fields.get("seo_title", "")
    translation.seo_description = fields.get("seo_description", "")
    translation.save()
    product_changed(product, ["translations"], actor=actor)
    return translation, known is None


@entry
def translation_delete(
    *,
    product_id: uuid.UUID,
    language: str,
    actor: str,
    precondition: Precondition[ProductTranslation] = no_precondition,
) -> None:
    """Delete a product's texts in a language.

    Raises:
        ProductNotFound, NotFound: there is no such product, or no such translation of it.
    """
    product = product_lock(product_id)
    translation = ProductTranslation.objects.filter(product=product, language=language).first()
    if translation is None:
        message = "The product has no such translation."
        raise NotFound(message)
    precondition(translation)
    translation.delete()
    product_changed(product, ["translations"], actor=actor)
