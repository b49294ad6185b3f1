"""Writing attribute definitions: never so that a product's value would lose its meaning."""

from __future__ import annotations

import re
import uuid
from typing import Any

from core.problems import InvalidInput, NotFound
from core.transactions import entry
from products.exceptions import AttributeInUse
from products.fields import AttributeFields
from products.models import Attribute, Product
from products.services.conflicts import conflicts
from products.services.locks import Precondition, no_precondition

_CODE = re.compile(r"^[a-z][a-z0-9_]*\Z")


@entry
def attribute_create(*, fields: AttributeFields) -> Attribute:
    """Make an attribute.

    Raises:
        InvalidInput: the code has other characters than it may, or choices are missing or don't belong.
        AttributeCodeTaken: another one has the code.
    """
    if not _CODE.match(fields["code"]):
        detail = "A code begins with a lower-case letter; then lower-case letters, digits and underscores."
        raise InvalidInput.at("/code", detail, code="invalid_code")
    attribute = Attribute(**fields)
    _check_choices(attribute)
    with conflicts():
        attribute.save(force_insert=True)
    return attribute


@entry
def attribute_update(
    *, attribute_id: uuid.UUID, changes: AttributeFields, precondition: Precondition[Attribute] = no_precondition
) -> Attribute:
    """Change an attribute; the code is for ever.

    Raises:
        NotFound: there is none.
        InvalidInput: see `attribute_create`.
        AttributeInUse: products carry values that the new kind or the choices don't have.
    """
    attribute = _locked(attribute_id)
    precondition(attribute)
    if changes.get("code", attribute.code) != attribute.code:
        raise InvalidInput.at("/code", "A code can't be changed: products and filters name it.", code="immutable")
    dropped = set(attribute.choices) - set(changes.get("choices", attribute.choices))
    if changes.get("kind", attribute.kind) != attribute.kind and _is_used(attribute):
        raise AttributeInUse.at("/kind", "Products carry values of the old kind; change them first.")
    used = next((choice for choice in sorted(dropped) if _is_used(attribute, choice)), None)
    if used is not None:
        raise AttributeInUse.at("/choices", f"Products carry the value {used!r}; change them first.")
    for name, value in changes.items():
        setattr(attribute, name, value)
    _check_choices(attribute)
    attribute.save()
    return attribute


@entry
def attribute_delete(*, attribute_id: uuid.UUID, precondition: Precondition[Attribute] = no_precondition) -> None:
    """Delete an attribute that no product carries.

    Raises:
        NotFound: there is none.
        AttributeInUse: products carry it.
    """
    attribute = _locked(attribute_id)
    precondition(attribute)
    if _is_used(attribute):
        raise AttributeInUse
    attribute.delete()


def _locked(attribute_id: uuid.UUID) -> Attribute:
    attribute = Attribute.objects.select_for_update().filter(pk=attribute_id).first()
    if attribute is None:
        message = "There is no such attribute."
        raise NotFound(message)
    return attribute


def _is_used(attribute: Attribute, value: Any = None) -> bool:
    if value is not None:
        return Product.objects.filter(attributes__contains={attribute.code: value}).exists()
    return Product.objects.filter(attributes__has_key=attribute.code).exists()


def _check_choices(attribute: Attribute) -> None:
    if attribute.kind != Attribute.Kind.CHOICE:
        attribute.choices = []
    elif not attribute.choices:
        raise InvalidInput.at("/choices", "The kind choice needs one choice at least.", code="required")
    elif len(set(attribute.choices)) < len(attribute.choices):
        raise InvalidInput.at("/choices", "Name each choice once.", code="duplicate")
