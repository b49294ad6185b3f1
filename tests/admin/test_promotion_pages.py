"""Promotions as somebody sets them up who has never done so: in percent and euros, and only what is asked."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from promotions.models import Code, LimitUse, Promotion, PromotionGoods
from tests.factories.catalogue import category_make, market_make, product_make, variant_of
from tests.factories.pages import form_data, rows_added
from tests.factories.promotions import promotion_make

pytestmark = pytest.mark.django_db

FORM = "promotion_form"


def url_of(page: str, *args: Any) -> str:
    return reverse(f"admin:promotions_promotion_{page}", args=args)


def send(boss: Client, url: str, *, rows: list[dict[str, str]] | None = None, **typed: str) -> Any:
    data = form_data(boss.get(url), FORM) | typed
    if rows is not None:
        data = rows_added(data, "goods", rows)
    return boss.post(url, data)


def errors_of(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return {name: list(errors) for name, errors in response.context["adminform"].form.errors.items()}


def test_a_ten_percent_code_for_shoes_over_fifty(boss: Client) -> None:
    market_make()
    shoes = category_make("Shoes")
    response = send(
        boss,
        url_of("add"),
        rows=[{"role": "goods", "quantity": "1", "category": str(shoes.pk)}],
        name="Shoes",
        label="10 % off shoes",
        benefit="percent",
        percent="10",
        currency="EUR",
        min_amount="50",
        requires_code="on",
        new_code="shoes10",
    )
    assert response.status_code == 302, errors_of(response)
    promotion = Promotion.objects.get()
    assert (promotion.benefit, promotion.rate_ppm, promotion.currency, promotion.min_amount) == (
        "percent",
        100_000,
        "EUR",
        5000,
    )
    assert [(row.role, row.category_id) for row in PromotionGoods.objects.all()] == [("goods", shoes.pk)]
    assert [(code.code, code.use_limit) for code in Code.objects.all()] == [("SHOES10", None)]
    # Opened and saved again, it stays the same.
    before = Promotion.objects.values().get()
    assert send(boss, url_of("change", promotion.pk)).status_code == 302
    assert Promotion.objects.values().get() == before


def test_free_shipping_from_eighty_and_codes_for_a_mailing(boss: Client) -> None:
    market_make()
    typed: dict[str, Any] = {
        "name": "Post",
        "label": "Free shipping from €80",
        "benefit": "free_shipping",
        "percent": "15",
    }
    typed |= {"currency": "EUR", "min_amount": "80", "code_count": "25", "code_prefix": "mail"}
    open_to_all = "Turn this on, or everybody gets it without entering the code."
    assert errors_of(send(boss, url_of("add"), **typed)) == {"requires_code": [open_to_all]}
    response = send(boss, url_of("add"), **typed, requires_code="on")
    assert response.status_code == 302, errors_of(response)
    promotion = Promotion.objects.get()
    # What was typed for another benefit before is left out.
    assert (promotion.rate_ppm, promotion.min_amount, promotion.requires_code) == (None, 8000, True)
    assert Code.objects.filter(code__startswith="MAIL-", use_limit=1).count() == 25


def test_a_benefit_is_changed_and_what_it_lacks_is_said(boss: Client) -> None:
    market_make()
    promotion = promotion_make("amount", amount=500)
    url = url_of("change", promotion.pk)
    assert errors_of(send(boss, url, benefit="percent")) == {"percent": ["This benefit needs it."]}
    assert errors_of(send(boss, url, benefit="bundle", amount="")) == {"amount": ["This benefit needs it."]}
    assert errors_of(send(boss, url, currency="")) == {"currency": ["Choose the currency of the amounts."]}
    assert set(errors_of(send(boss, url, benefit="gift"))) == {"gift_variant", "get_quantity"}
    code = promotion_make(code="TAKEN").codes.get().code
    assert set(errors_of(send(boss, url, new_code=code.lower()))) == {"new_code"}
    assert Promotion.objects.get(pk=promotion.pk).amount == 500
    sticker = variant_of(product_make())
    assert send(boss, url, benefit="gift", gift_variant=str(sticker.pk), get_quantity="1").status_code == 302
    promotion.refresh_from_db()
    assert (promotion.benefit, promotion.amount, promotion.currency, promotion.gift_variant_id) == (
        "gift",
        None,
        "",
        sticker.pk,
    )


def test_what_makes_no_promotion_is_said_in_words(boss: Client) -> None:
    market_make()
    data: dict[str, Any] = {"name": "Shoes", "label": "Shoes", "benefit": "percent", "percent": "10", "currency": "EUR"}
    wrong: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
        ({"percent": "0"}, {"percent": "Take more than nothing off: up to 100 %."}),
        ({"min_amount": "-50"}, {"min_amount": "An amount can't be below zero."}),
        (
            {"starts_at_0": "2026-12-02", "ends_at_0": "2026-12-01"},
            {"ends_at": "It must end after it starts."},
        ),
        (
            {"new_code": "10 % off ä", "requires_code": "on"},
            {"new_code": "Use the letters A to Z, digits, dashes and underscores only, such as SUMMER10."},
        ),
        ({"new_code": "SHOES10"}, {"requires_code": "Turn this on, or everybody gets it without entering the code."}),
    )
    for typed, error in wrong:
        assert errors_of(send(boss, url_of("add"), **data | typed)) == {k: [v] for k, v in error.items()}, typed
    assert not Promotion.objects.exists()
    response = send(boss, url_of("add"), **data, requires_code="on")
    assert response.status_code == 302
    said = [str(message) for message in boss.get(response["Location"]).context["messages"]]
    assert "It has no code yet, so nobody can get it: type one under “Add a code”." in said


def test_a_bundle_for_nothing_keeps_its_currency(boss: Client) -> None:
    market_make()
    typed = {"name": "Two", "label": "Two for nothing", "benefit": "bundle", "amount": "0", "currency": "EUR"}
    part = {"role": "part", "quantity": "2", "variant": str(variant_of(product_make()).pk)}
    response = send(boss, url_of("add"), rows=[part], **typed)
    assert response.status_code == 302, errors_of(response)
    assert Promotion.objects.values_list("amount", "currency").get() == (0, "EUR")


def test_the_list_says_what_is_given_and_used(boss: Client) -> None:
    promotion = promotion_make("amount", amount=500, use_limit=9, budget_amount=10_000)
    LimitUse.objects.create(scope="promotion", subject_id=promotion.pk, used=3, allowed=9)
    LimitUse.objects.create(scope="budget", subject_id=promotion.pk, used=1500, allowed=10_000)
    page = boss.get(url_of("changelist")).content.decode()
    assert all(text in page for text in ("€5.00 off", "3 of 9", "€15.00 of €100.00"))
    promotion_make("percent", rate_ppm=100_000)
    assert boss.get(url_of("changelist")).content.decode().count("not counted") == 2


def test_it_is_deleted_with_its_codes_which_are_counted_and_not_listed(boss: Client) -> None:
    promotion = promotion_make(code="SUMMER")
    kept = promotion_make(code="WINTER")
    url = url_of("delete", promotion.pk)
    page = boss.get(url).content.decode()
    assert "SUMMER" not in page
    assert boss.post(url, {"post": "yes"}).status_code == 302
    assert [(code.promotion_id, code.code) for code in Code.objects.all()] == [(kept.pk, "WINTER")]
    chosen = {"action": "delete_selected", "_selected_action": [str(kept.pk)], "post": "yes"}
    assert boss.post(url_of("changelist"), chosen).status_code == 302
    assert (Promotion.objects.count(), Code.objects.count()) == (0, 0)
