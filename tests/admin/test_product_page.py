"""The product's page: what is typed there reaches the services, whole or not at all."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from events.models import Event
from inventory.models import StockLevel, StockMovement
from products.models import Media, Price, Product, SlugRedirect
from tests.factories.catalogue import (
    attribute_make,
    category_make,
    location_make,
    market_make,
    price_make,
    product_make,
    us_market_make,
    variant_of,
)
from tests.factories.pages import form_data, rows_added
from users.models import User

pytestmark = pytest.mark.django_db

VARIANTS, PRICES, STOCK, MEDIA = "variants", "products-price", "inventory-stocklevel", "media"
OPTIONS, CATEGORIES, TRANSLATIONS = "options", "category_links", "translations"


def url_of(product: Product) -> str:
    return reverse("admin:products_product_change", args=[product.pk])


def page_of(boss: Client, product: Product) -> dict[str, Any]:
    return form_data(boss.get(url_of(product)), "product_form")


def save(boss: Client, product: Product, data: dict[str, Any]) -> None:
    response = boss.post(url_of(product), data)
    assert response.status_code == 302, errors_of(response)
    product.refresh_from_db()


def errors_of(response: Any) -> list[str]:
    form = response.context["adminform"].form
    told = [error for errors in form.errors.values() for error in errors]
    for inline in response.context["inline_admin_formsets"]:
        told += inline.formset.non_form_errors()
        told += [
            error for errors in inline.formset.errors for error in [text for texts in errors.values() for text in texts]
        ]
    return told


def picture(size: tuple[int, int] = (8, 8)) -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", size, "#1f7e6b").save(content, "PNG")
    return SimpleUploadedFile("mug.png", content.getvalue(), "image/png")


def test_saving_without_a_change_changes_nothing(boss: Client) -> None:
    market_make(), us_market_make()
    attribute_make("handmade", "boolean")
    product = product_make(variants=2, categories=[category_make()], attributes={"handmade": True}, tags=["a", "b"])
    version, events, moved = product.version, Event.objects.count(), StockMovement.objects.count()
    prices = list(Price.objects.order_by("pk").values())

    save(boss, product, page_of(boss, product))

    assert (product.version, Event.objects.count(), StockMovement.objects.count()) == (version, events, moved)
    assert list(Price.objects.order_by("pk").values()) == prices
    assert (product.attributes, product.tags) == ({"handmade": True}, ["a", "b"])


def test_texts_are_cleaned_and_an_old_slug_leads_on(boss: Client) -> None:
    product = product_make("Mug", slug="mug")
    data = page_of(boss, product) | {
        "slug": "cup",
        "description": "<p>Good<script>alert(1)</script></p>",
        "tags": "gift,  new , gift",
    }

    save(boss, product, data)

    assert SlugRedirect.objects.get().old_slug == "mug"
    assert (product.slug, product.description, product.tags) == ("cup", "<p>Good</p>", ["gift", "new"])
    boss_id = User.objects.get(email="boss@example.com").pk
    event = Event.objects.get(type="product.updated")
    assert (event.actor, event.data["changed"]) == (f"user:{boss_id}", ["description", "slug", "tags"])


def test_slug_of_another_is_told_beside_its_field_and_nothing_is_saved(boss: Client) -> None:
    product_make("Other", slug="taken")
    product = product_make("Mug", slug="mug")

    response = boss.post(url_of(product), page_of(boss, product) | {"slug": "taken", "title": "New"})

    assert response.status_code == 200
    assert "slug" in response.context["adminform"].form.errors
    product.refresh_from_db()
    assert (product.slug, product.title) == ("mug", "Mug")


def test_what_a_service_refuses_keeps_what_was_typed(boss: Client) -> None:
    product = product_make("Mug", slug="mug")

    response = boss.post(url_of(product), page_of(boss, product) | {"slug": "bulk", "title": "New"})

    assert response.status_code == 200
    assert response.context["adminform"].form.errors["slug"] == [
        "This slug would be mistaken for an id or for another path; choose another."
    ]
    assert 'value="New"' in response.content.decode()
    product.refresh_from_db()
    assert product.title == "Mug"


def test_page_out_of_date_is_refused_once(boss: Client) -> None:
    product = product_make("Mug")
    data = page_of(boss, product) | {"title": "Mine"}
    Product.objects.filter(pk=product.pk).update(title="Theirs", version=product.version + 1)

    response = boss.post(url_of(product), data)
    assert "has changed since you opened the page" in errors_of(response)[0]
    product.refresh_from_db()
    assert product.title == "Theirs"

    again = form_data(response, "product_form")
    save(boss, product, again)
    assert product.title == "Mine"


def test_price_column_is_typed_as_a_decimal_of_its_market(boss: Client) -> None:
    market_make(), market_make("jp", currency="JPY", name="Japan")
    product = product_make(variants=1, price=1999)
    data = page_of(boss, product)
    assert data[f"{VARIANTS}-0-price_eu"] == ["19.99"]

    save(boss, product, data | {f"{VARIANTS}-0-price_eu": "24.5", f"{VARIANTS}-0-price_jp": "3200"})

    found = set(Price.objects.values_list("market__code", "amount"))
    assert found == {("eu", 2450), ("jp", 3200)}


def test_bad_price_is_told_and_nothing_is_saved(boss: Client) -> None:
    product = product_make(variants=1, price=1999)
    page = page_of(boss, product)

    for typed, told in (
        ("19.999", "19.999 has more than the 2 decimals of EUR"),
        ("19,99", "'19,99' is not a plain decimal amount such as 19.99"),
        ("-1", "A price is zero or more."),
    ):
        response = boss.post(url_of(product), page | {f"{VARIANTS}-0-price_eu": typed})
        assert any(told in error for error in errors_of(response)), typed
        assert Price.objects.get().amount == 1999


def test_price_with_a_time_can_only_be_changed_on_the_tab_of_prices(boss: Client) -> None:
    product = product_make(variants=1, price=None)
    since = datetime(2026, 1, 1, tzinfo=UTC)
    price_make(variant_of(product), 1000, valid_from=since)
    price_make(variant_of(product), 900, valid_until=since)
    data = page_of(boss, product)
    assert f"{VARIANTS}-0-price_eu" not in data

    save(boss, product, data | {f"{VARIANTS}-0-price_eu": "5", f"{PRICES}-0-amount": "11"})

    assert set(Price.objects.values_list("amount", "valid_from")) == {(900, None), (1100, since)}


def test_overlapping_prices_are_told(boss: Client) -> None:
    product = product_make(variants=1, price=1000)
    row = {"variant": str(variant_of(product).pk), "market": str(market_make().pk), "amount": "9"}

    response = boss.post(url_of(product), rows_added(page_of(boss, product), PRICES, [row]))

    assert response.status_code == 200
    assert any("hold in one market at one time" in error for error in errors_of(response)), errors_of(response)
    assert [price.amount for price in Price.objects.all()] == [1000]


def test_new_product_is_made_with_variants_and_prices(boss: Client) -> None:
    market_make()
    url = reverse("admin:products_product_add")
    data = form_data(boss.get(url), "product_form") | {"title": "Mug", "slug": "mug", "status": "active"}
    data = rows_added(data, VARIANTS, [{"sku": "MUG", "price_eu": "12", "is_stock_tracked": "on"}])

    response = boss.post(url, data | {"is_gift_card": "on"})

    assert response.status_code == 302, errors_of(response)
    product = Product.objects.get()
    variant = product.variants.get()
    assert (product.title, variant.sku, variant.prices.get().amount) == ("Mug", "MUG", 1200)
    assert product.is_gift_card
    assert Event.objects.get().type == "product.created"


def test_new_option_begins_with_its_first_value_and_a_renamed_value_takes_its_variants_along(boss: Client) -> None:
    product = product_make(variants=2)
    data = page_of(boss, product) | {f"{OPTIONS}-0-values": "Small, Size 2"}

    save(boss, product, rows_added(data, OPTIONS, [{"name": "Colour", "values": "Sea, Chalk"}]))

    assert [variant.option_values for variant in product.variants.all()] == [["Small", "Sea"], ["Size 2", "Sea"]]
    assert [option.values for option in product.options.all()] == [["Small", "Size 2"], ["Sea", "Chalk"]]


def test_option_value_that_a_variant_has_is_not_dropped(boss: Client) -> None:
    product = product_make(variants=2)

    response = boss.post(url_of(product), page_of(boss, product) | {f"{OPTIONS}-0-values": "Size 1"})

    assert any("Size 2" in error for error in errors_of(response)), errors_of(response)
    assert product.options.get().values == ["Size 1", "Size 2"]


def test_variants_are_added_sorted_and_removed(boss: Client) -> None:
    product = product_make(variants=2, stock=None)
    product.options.update(values=["Size 1", "Size 2", "Size 3"])
    data = page_of(boss, product) | {f"{VARIANTS}-0-position": "1", f"{VARIANTS}-1-position": "0"}
    data = rows_added(data, VARIANTS, [{"sku": "THREE", "option_0": "Size 3", "price_eu": "7"}])

    save(boss, product, data)
    assert [variant.option_values[0] for variant in product.variants.all()] == ["Size 2", "Size 1", "Size 3"]

    save(boss, product, page_of(boss, product) | {f"{VARIANTS}-0-DELETE": "on"})
    assert [variant.option_values[0] for variant in product.variants.all()] == ["Size 1", "Size 3"]


def test_variant_that_came_meanwhile_stays(boss: Client) -> None:
    product = product_make(variants=2, stock=None)
    product.options.update(values=["Size 1", "Size 2", "Size 3"])
    data = page_of(boss, product) | {f"{VARIANTS}-0-sku": "CHANGED"}
    product.variants.create(sku="MEANWHILE", option_values=["Size 3"], position=9)
    product.refresh_from_db()

    save(boss, product, data | {"seen_version": str(product.version)})

    assert {variant.sku for variant in product.variants.all()} >= {"CHANGED", "MEANWHILE"}
    assert product.variants.count() == 3


def test_stock_is_counted_with_a_reason_into_the_ledger(boss: Client) -> None:
    product = product_make(variants=1, stock=10)
    data = page_of(boss, product)

    response = boss.post(url_of(product), data | {f"{STOCK}-0-on_hand": "14"})
    assert errors_of(response) == ["Say why the count changes."]
    assert (StockLevel.objects.get().on_hand, StockMovement.objects.count()) == (10, 0)

    save(boss, product, data | {f"{STOCK}-0-on_hand": "14", f"{STOCK}-0-reason": "delivery"})
    movement = StockMovement.objects.get()
    boss_id = User.objects.get(email="boss@example.com").pk
    assert (StockLevel.objects.get().on_hand, movement.on_hand_delta) == (14, 4)
    assert (movement.reason, movement.actor) == ("delivery", f"user:{boss_id}")


def test_count_made_from_an_old_number_is_refused(boss: Client) -> None:
    product = product_make(variants=1, stock=10)
    data = page_of(boss, product) | {f"{STOCK}-0-on_hand": "14", f"{STOCK}-0-reason": "count"}
    StockLevel.objects.update(on_hand=8)

    response = boss.post(url_of(product), data)

    assert any("is 8 by now, not 10" in error for error in errors_of(response)), errors_of(response)
    assert (StockLevel.objects.get().on_hand, StockMovement.objects.count()) == (8, 0)


def test_unchanged_stock_stays_as_it_is_by_now(boss: Client) -> None:
    product = product_make(variants=1, stock=10)
    data = page_of(boss, product) | {"title": "New"}
    StockLevel.objects.update(on_hand=8)

    save(boss, product, data)

    assert (product.title, StockLevel.objects.get().on_hand) == ("New", 8)


def test_new_level_is_made_with_its_first_goods(boss: Client) -> None:
    location = location_make("shop")
    product = product_make(variants=1, stock=10)
    row = {"variant": str(variant_of(product).pk), "location": str(location.pk), "on_hand": "3", "reason": "opening"}

    save(boss, product, rows_added(page_of(boss, product), STOCK, [row | {"low_stock_threshold": "1"}]))

    level = StockLevel.objects.get(location=location)
    assert (level.on_hand, level.low_stock_threshold, level.movements.get().on_hand_delta) == (3, 1, 3)


def test_pictures_are_added_described_and_deleted(boss: Client) -> None:
    product = product_make()
    rows: list[dict[str, Any]] = [
        {"file": picture(), "alt": "A mug"},
        {"url": "https://example.com/mug.jpg", "alt": "Another"},
    ]
    save(boss, product, rows_added(page_of(boss, product), MEDIA, rows))
    first, second = product.media.all()
    assert (first.alt, first.width, str(first.file).endswith(".webp")) == ("A mug", 8, True)
    assert (second.url, second.file.name) == ("https://example.com/mug.jpg", "")

    variant = variant_of(product)
    data = page_of(boss, product) | {f"{MEDIA}-0-alt": "Blue mug", f"{MEDIA}-0-variants": [str(variant.pk)]}
    save(boss, product, data | {f"{MEDIA}-1-DELETE": "on"})
    kept = Media.objects.get()
    assert (kept.alt, list(kept.variants.all())) == ("Blue mug", [variant])


def test_file_that_is_no_picture_is_told(boss: Client) -> None:
    product = product_make()
    row = {"file": SimpleUploadedFile("mug.png", b"<svg onload=alert(1)>", "image/png")}

    response = boss.post(url_of(product), rows_added(page_of(boss, product), MEDIA, [row]))

    assert any("not a JPEG, PNG" in error for error in errors_of(response)), errors_of(response)
    assert not Media.objects.exists()


def test_picture_elsewhere_is_never_loaded_by_the_page(boss: Client) -> None:
    product = product_make()
    product.media.create(url="https://elsewhere.example/mug.jpg")

    for url in (
        url_of(product),
        reverse("admin:products_product_changelist"),
        reverse("admin:products_media_changelist"),
    ):
        page = boss.get(url).content.decode()
        assert 'src="https://elsewhere' not in page
        assert "url(https://elsewhere" not in page


def test_categories_translations_and_attributes_are_saved(boss: Client) -> None:
    cups, gifts = category_make("Cups"), category_make("Gifts")
    attribute_make("material", "choice", choices=["clay", "glass"])
    attribute_make("capacity", "integer", unit="ml")
    attribute_make("handmade", "boolean")
    product = product_make(categories=[cups], attributes={"handmade": True})
    data = page_of(boss, product) | {
        "attribute_material": "clay",
        "attribute_capacity": "350",
        "attribute_handmade": "",
        f"{CATEGORIES}-0-DELETE": "on",
    }
    data = rows_added(data, CATEGORIES, [{"category": str(gifts.pk)}])
    data = rows_added(data, TRANSLATIONS, [{"language": "es", "title": "Taza", "description": "<b>x</b><script>"}])

    save(boss, product, data)

    assert product.attributes == {"material": "clay", "capacity": 350}
    assert list(product.categories.all()) == [gifts]
    assert product.translations.get().description == "<b>x</b>"


def test_product_with_a_history_of_stock_is_not_deleted(boss: Client) -> None:
    product = product_make()
    level = StockLevel.objects.get()
    StockMovement.objects.create(level=level, kind="received", on_hand_delta=1)
    url = reverse("admin:products_product_delete", args=[product.pk])

    page = boss.get(url).content.decode()
    assert "protected related objects" in page
    boss.post(url, {"post": "yes"})
    assert Product.objects.filter(pk=product.pk).exists()

    plain = product_make()
    plain.variants.get().stock_levels.all().delete()
    assert boss.post(reverse("admin:products_product_delete", args=[plain.pk]), {"post": "yes"}).status_code == 302
    assert not Product.objects.filter(pk=plain.pk).exists()
    assert Event.objects.filter(type="product.deleted", aggregate_id=plain.pk).exists()


def test_price_that_ends_before_it_begins_is_told(boss: Client) -> None:
    product = product_make(price=1000)
    variant, price = variant_of(product), Price.objects.get()
    times = {"valid_from_0": "2026-12-01", "valid_from_1": "00:00", "valid_until_0": "2026-11-30"}
    times |= {"valid_until_1": "00:00"}
    page = page_of(boss, product)
    row = {"variant": str(variant.pk), "market": str(price.market_id), "amount": "5", **times}
    of_variant = reverse("admin:products_variant_change", args=[variant.pk])
    variant_page = form_data(boss.get(of_variant), "variant_form")
    for url, typed in (
        (url_of(product), page | {f"{PRICES}-0-{name}": value for name, value in times.items()}),
        (url_of(product), rows_added(page, PRICES, [row])),
        (of_variant, variant_page | {f"prices-0-{name}": value for name, value in times.items()}),
    ):
        response = boss.post(url, typed)
        assert response.status_code == 200
        assert any("A price must end after it begins." in told for told in errors_of(response)), url
    assert [(one.valid_from, one.valid_until) for one in Price.objects.all()] == [(None, None)]
