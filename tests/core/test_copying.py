"""COPY: every kind of value comes back as it went."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core.copying import copy_rows, new_row
from events.models import Event
from products.models import Product, Variant

NASTY = 'a\tb\\n\nc\r"{d},e}\\.\\N'


@pytest.mark.django_db
def test_rows_come_back_as_they_went() -> None:
    product = new_row(Product, slug="mesa", title=NASTY, tags=[NASTY, "", "NULL"], attributes={"a": NASTY, "b": 1})
    variants = [
        new_row(Variant, product_id=product.id, option_values=[NASTY], weight_grams=Decimal("1.5"), is_taxable=False),
        new_row(Variant, product_id=product.id, option_values=[], cost_amount=None, sku="\\N"),
    ]

    copy_rows([product])
    copy_rows(variants)

    found = Product.objects.get()
    assert (found.title, found.tags) == (NASTY, [NASTY, "", "NULL"])
    assert found.attributes == {"a": NASTY, "b": 1}
    assert found.status == Product.Status.DRAFT
    assert found.created_at == product.created_at
    first, second = Variant.objects.order_by("weight_grams")
    assert (first.option_values, first.weight_grams, first.is_taxable) == ([NASTY], Decimal("1.5"), False)
    assert (second.option_values, second.sku, second.cost_amount) == ([], "\\N", None)


@pytest.mark.django_db
def test_numbers_of_the_database_are_given_by_the_database() -> None:
    copy_rows([new_row(Event, type="x.y", aggregate_type="x", aggregate_id=new_row(Product).id) for _ in range(3)])

    ids = list(Event.objects.order_by("id").values_list("id", flat=True))
    assert len(set(ids)) == 3
    assert Event.objects.create(type="x.y", aggregate_type="x", aggregate_id=new_row(Product).id).id > max(ids)


@pytest.mark.django_db
def test_a_broken_rule_is_the_same_error_as_of_an_insert() -> None:
    rows = [new_row(Product, slug="mesa", title="A"), new_row(Product, slug="mesa", title="B")]

    with pytest.raises(IntegrityError, match="products_product_slug"), transaction.atomic():
        copy_rows(rows)

    assert Product.objects.count() == 0


def test_a_new_row_has_the_defaults_of_django() -> None:
    usual, new = Product(slug="a"), new_row(Product, slug="a")

    for field in Product._meta.concrete_fields:
        if field.attname not in {"id", "created_at", "updated_at"}:
            assert getattr(new, field.attname) == getattr(usual, field.attname), field.attname
    assert new._state.adding
    new.tags.append("x")
    assert new_row(Product).tags == []


@pytest.mark.django_db
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80), max_size=5))
def test_any_text_survives(texts: list[str]) -> None:
    with transaction.atomic():
        Product.objects.all().delete()
        copy_rows([new_row(Product, slug="a", title="t", description="".join(texts), tags=texts)])

    found = Product.objects.get()
    assert (found.description, found.tags) == ("".join(texts), texts)
