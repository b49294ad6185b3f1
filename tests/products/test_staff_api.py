"""The catalogue as staff write it over REST, and the smaller reads of shoppers."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from rest_framework.test import APIClient

from products.models import Brand, Category, Media, Price, Product, Variant
from tests.factories.catalogue import market_make, product_make
from tests.factories.users import staff_make
from users.models import User

pytestmark = pytest.mark.django_db

API = "/api/v1"
PRODUCT: dict[str, Any] = {
    "title": "Oak tray",
    "status": "active",
    "description": "<p>Good</p><script>alert(1)</script>",
    "tags": ["gift"],
    "options": [{"name": "Size", "values": ["S", "L"]}],
    "variants": [
        {
            "sku": "TRAY-S",
            "option_values": ["S"],
            "barcode": "4006381333931",
            "weight_grams": 250,
            "cost": {"amount": 700, "currency": "EUR"},
            "prices": [{"market": "eu", "price": {"amount": 1900, "currency": "EUR"}}],
        },
        {"sku": "TRAY-L", "option_values": ["L"], "is_stock_tracked": False, "released_on": "2026-12-24"},
    ],
}


@pytest.fixture
def staff(client_of: Callable[[User | str], APIClient]) -> APIClient:
    market_make(code="eu")
    return client_of(staff_make(rights=["catalogue:read", "catalogue:write"]))


def _if_match(client: APIClient, path: str) -> dict[str, str]:
    return {"If-Match": client.get(path).headers["ETag"]}


def test_a_product_is_made_whole_and_read_back(staff: APIClient, api: APIClient) -> None:
    made = staff.post(f"{API}/products", PRODUCT)
    assert made.status_code == 201, made.content
    record = made.json()
    assert (record["slug"], record["description"]) == ("oak-tray", "<p>Good</p>")
    assert [variant["sku"] for variant in record["variants"]] == ["TRAY-S", "TRAY-L"]
    assert [variant["released_on"] for variant in record["variants"]] == [None, "2026-12-24"]
    assert record["variants"][0]["cost"] == {"amount": 700, "currency": "EUR"}
    read = staff.get(f"{API}/products/oak-tray?view=staff")
    assert (read.json(), read.headers["ETag"]) == (record, made.headers["ETag"])
    assert staff.get(f"{API}/products?view=staff&q=TRAY-L").json()["results"] == [record]
    assert staff.get(f"{API}/products?view=staff&status=draft").json()["results"] == []
    shown = api.get(f"{API}/products/oak-tray").json()
    assert "cost" not in str(shown)
    assert [variant["sku"] for variant in shown["variants"]] == ["TRAY-S"]
    assert api.get(f"{API}/products/oak-tray?view=staff").status_code == 401


def test_a_change_needs_the_record_that_was_read(staff: APIClient) -> None:
    product = product_make(title="Tray")
    path = f"{API}/products/{product.pk}"
    assert staff.patch(path, {"title": "Plate"}).status_code == 428
    tag = _if_match(staff, f"{path}?view=staff")
    changed = staff.patch(path, {"title": "Plate", "slug": "plate"}, headers=tag)
    assert (changed.status_code, changed.json()["title"]) == (200, "Plate")
    assert staff.patch(path, {"title": "Bowl"}, headers=tag).status_code == 412
    assert Product.objects.get().title == "Plate"
    moved = staff.get(f"{API}/products/{product.slug}")
    assert (moved.status_code, moved.headers["Location"]) == (308, f"{API}/products/plate")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"variants": [{"sku": "A", "barcode": "4006381333930"}]}, "/variants/0/barcode"),
        ({"variants": [{"sku": "A", "prices": [{"market": "eu", "price": {"amount": 1, "currency": "USD"}}]}]}, None),
        ({"variants": [{"sku": "A", "prices": [{"market": "eu", "price": {"amount": -1, "currency": "EUR"}}]}]}, None),
        ({"variants": [{"sku": "A", "weight_grams": "heavy"}]}, "/variants/0/weight_grams"),
        ({"variants": [{"sku": "A", "released_on": "soon"}]}, "/variants/0/released_on"),
        ({"brand": "nobody"}, "/brand"),
        ({"categories": ["nowhere"]}, "/categories/0"),
        ({"attributes": {"unknown": 1}}, "/attributes/unknown"),
        ({"version": 5}, "/version"),
        ({"title": 5}, "/title"),
        ({"status": "sold"}, "/status"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_made(staff: APIClient, wrong: dict[str, Any], pointer: str) -> None:
    refused = staff.post(f"{API}/products", {"title": "Tray", **wrong})
    assert refused.status_code == 400, refused.content
    if pointer:
        assert refused.json()["errors"][0]["pointer"] == pointer
    assert not Product.objects.exists()


def test_who_may_not_write_writes_nothing(api: APIClient, client_of: Callable[[User | str], APIClient]) -> None:
    reader = client_of(staff_make(rights=["catalogue:read"]))
    for path in ("products", "categories", "collections", "brands", "attributes"):
        assert api.post(f"{API}/{path}", {}).status_code == 401
        assert reader.post(f"{API}/{path}", {}).status_code == 403
    assert not Product.objects.exists()


def test_a_sku_is_taken_once(staff: APIClient) -> None:
    assert staff.post(f"{API}/products", PRODUCT).status_code == 201
    refused = staff.post(f"{API}/products", {**PRODUCT, "title": "Another"})
    assert (refused.status_code, refused.json()["code"]) == (409, "sku_taken")
    assert Product.objects.count() == 1


def test_many_products_are_written_all_or_none_or_as_many_as_can_be(staff: APIClient) -> None:
    items = [
        {"action": "create", "product": {"title": "One"}},
        {"action": "create", "product": {"title": "Two", "brand": "nobody"}},
    ]
    refused = staff.post(f"{API}/products/bulk", {"items": items})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/items/1/brand")
    assert not Product.objects.exists()
    done = staff.post(f"{API}/products/bulk", {"items": items, "error_policy": "skip_failed"}).json()["results"]
    assert [(row["id"] is not None, row["problem"] and row["problem"]["code"]) for row in done] == [
        (True, None),
        (False, "invalid_input"),
    ]
    stale = [{"action": "update", "id": done[0]["id"], "version": 1, "product": {"title": "X"}}]
    assert staff.post(f"{API}/products/bulk", {"items": stale}).status_code == 412
    gone = [{"action": "delete", "id": done[0]["id"], "version": done[0]["version"]}]
    assert staff.post(f"{API}/products/bulk", {"items": gone}).status_code == 200
    assert not Product.objects.exists()


def test_variants_and_their_prices_are_written_by_themselves(staff: APIClient, api: APIClient) -> None:
    product = staff.post(f"{API}/products", PRODUCT).json()
    path = f"{API}/variants/{product['variants'][0]['id']}"
    assert api.get(f"{API}/variants/TRAY-S").json()["price"] == {"amount": 1900, "currency": "EUR"}
    assert api.get(f"{API}/variants/TRAY-L").status_code == 404  # it has no price here
    assert api.get(f"{API}/variants/no%00thing").status_code == 404
    changed = staff.patch(path, {"sku": "TRAY-XS"}, headers=_if_match(staff, f"{path}?view=staff"))
    assert (changed.status_code, changed.json()["sku"]) == (200, "TRAY-XS")
    prices = [
        {"market": "eu", "price": {"amount": 1500, "currency": "EUR"}, "valid_until": "2027-01-01T00:00:00Z"},
        {"market": "eu", "price": {"amount": 1900, "currency": "EUR"}, "valid_from": "2026-12-31T00:00:00Z"},
    ]
    tag = {"If-Match": changed.headers["ETag"]}
    refused = staff.put(f"{path}/prices", {"prices": prices}, headers=tag)
    assert (refused.status_code, refused.json()["code"]) == (409, "price_overlap")
    prices[1]["valid_from"] = "2027-01-01T00:00:00Z"
    assert staff.put(f"{path}/prices", {"prices": prices}, headers=tag).status_code == 200
    assert sorted(Price.objects.values_list("amount", flat=True)) == [1500, 1900]
    added = staff.post(f"{API}/products/oak-tray/variants", {"sku": "TRAY-M", "option_values": ["M"]})
    assert added.status_code == 400  # the option has no such value
    gone = staff.delete(path, headers=_if_match(staff, f"{path}?view=staff"))
    assert (gone.status_code, Variant.objects.count()) == (204, 1)


def test_pictures_come_as_files_or_addresses(staff: APIClient) -> None:
    product = product_make(title="Tray")
    buffer = BytesIO()
    Image.new("RGB", (300, 200), "navy").save(buffer, "PNG")
    buffer.seek(0)
    buffer.name = "tray.png"
    path = f"{API}/products/{product.pk}/media"
    made = staff.post(path, {"file": buffer, "alt": "A tray"}, format="multipart")
    assert made.status_code == 201, made.content
    assert (made.json()["width"], made.json()["alt"]) == (300, "A tray")
    linked = staff.post(path, {"url": "https://example.com/tray.jpg"})
    assert (linked.status_code, linked.json()["url"]) == (201, "https://example.com/tray.jpg")
    assert staff.post(path, {"alt": "neither"}).status_code == 400
    assert staff.post(path, {"alt": "neither"}, format="multipart").status_code == 400
    text = BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    text.name = "tray.png"
    assert staff.post(path, {"file": text}, format="multipart").json()["code"] == "image_invalid"
    one = f"{path}/{linked.json()['id']}"
    changed = staff.patch(one, {"alt": "From the side"}, headers=_if_match(staff, one))
    assert (changed.status_code, changed.json()["alt"]) == (200, "From the side")
    assert staff.delete(one, headers={"If-Match": changed.headers["ETag"]}).status_code == 204
    assert Media.objects.count() == 1


def test_a_change_is_whole_in_its_parts_and_may_name_little_in_bulk_too(staff: APIClient) -> None:
    market_make()
    product = product_make(title="Tray")
    path = f"{API}/products/{product.pk}"
    halves: list[dict[str, Any]] = [
        {"variants": [{"prices": [{}]}]},
        {"options": [{}]},
        {"translations": [{"title": "Bandeja"}]},
    ]
    for half in halves:
        refused = staff.patch(path, half, headers=_if_match(staff, f"{path}?view=staff"))
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "required")
    changes = [{"action": "update", "id": str(product.pk), "product": {"seo_title": "A tray"}}]
    done = staff.post(f"{API}/products/bulk", {"items": changes})
    assert done.status_code == 200, done.content
    product.refresh_from_db()
    assert (product.title, product.seo_title) == ("Tray", "A tray")


def test_numbers_that_could_not_be_given_back_are_refused(staff: APIClient) -> None:
    refused = staff.post(f"{API}/categories", {"name": "Kitchen", "metadata": {"size": 1.8e243}})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "too_large")
    assert not Category.objects.exists()


def test_parameters_of_the_other_view_are_told_apart_from_unknown_ones(staff: APIClient) -> None:
    market_make()
    for query, code in (
        ("status=draft", "other_view"),
        ("view=staff&tag=gift", "other_view"),
        ("view=staff&colour=red", "unknown_field"),
        ("colour=red", "unknown_field"),
    ):
        assert staff.get(f"{API}/products?{query}").json()["errors"][0]["code"] == code


def test_a_translation_is_written_read_and_deleted(staff: APIClient) -> None:
    product = product_make(title="Tray")
    path = f"{API}/products/{product.pk}/translations/es"
    assert staff.get(path).status_code == 404
    made = staff.put(path, {"title": "Bandeja"})
    assert (made.status_code, made.json()["title"]) == (201, "Bandeja")
    assert staff.put(path, {"title": "Fuente"}).status_code == 428
    changed = staff.put(path, {"title": "Fuente"}, headers={"If-Match": made.headers["ETag"]})
    assert changed.status_code == 200
    assert staff.delete(path, headers={"If-Match": changed.headers["ETag"]}).status_code == 204
    for language in ("x" * 20, "e_s", "-", "es-"):
        refused = staff.put(f"{API}/products/{product.slug}/translations/{language}", {"title": "T"})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "language"), language
    whole = {"translations": [{"language": "no way", "title": "T"}]}
    refused = staff.patch(
        f"{API}/products/{product.slug}",
        whole,
        headers=_if_match(staff, f"{API}/products/{product.slug}?view=staff"),
    )
    assert refused.json()["errors"][0]["pointer"] == "/translations/0/language"


def test_categories_are_a_tree_that_can_be_rearranged(
    staff: APIClient, api: APIClient, django_assert_num_queries: Any
) -> None:
    kitchen = staff.post(f"{API}/categories", {"name": "Kitchen"})
    assert kitchen.status_code == 201, kitchen.content
    cups = staff.post(f"{API}/categories", {"name": "Cups", "parent": "kitchen"}).json()
    assert [one["slug"] for one in cups["path"]] == ["kitchen"]
    staff.post(f"{API}/categories", {"name": "Hidden", "is_active": False})
    with django_assert_num_queries(1):
        tree = api.get(f"{API}/categories")
    assert [(one["slug"], [child["slug"] for child in one["children"]]) for one in tree.json()["results"]] == [
        ("kitchen", ["cups"])
    ]
    assert api.get(f"{API}/categories", headers={"If-None-Match": tree.headers["ETag"]}).status_code == 304
    assert api.get(f"{API}/categories/hidden").status_code == 404
    path = f"{API}/categories/{cups['id']}"
    moved = staff.patch(path, {"parent": None, "slug": "mugs"}, headers=_if_match(staff, path))
    assert (moved.status_code, moved.json()["path"]) == (200, [])
    old = api.get(f"{API}/categories/cups")
    assert (old.status_code, old.headers["Location"]) == (308, f"{API}/categories/mugs")
    below = staff.patch(path, {"parent": "mugs"}, headers=_if_match(staff, path))
    assert (below.status_code, below.json()["code"]) == (409, "category_move_invalid")
    # `before` alone rearranges where it is; the last of the root may be sent to the root again.
    for change, order in (({"before": "kitchen"}, ["mugs", "kitchen"]), ({"parent": None}, ["kitchen", "mugs"])):
        for _ in range(2):
            assert staff.patch(path, change, headers=_if_match(staff, path)).status_code == 200
        assert [one["slug"] for one in api.get(f"{API}/categories").json()["results"]] == order
    gone = staff.delete(path, headers=_if_match(staff, path))
    assert (gone.status_code, Category.objects.count()) == (204, 2)


def test_a_move_that_is_refused_takes_the_change_back(staff: APIClient) -> None:
    made = staff.post(f"{API}/categories", {"name": "Kitchen"})
    path = f"{API}/categories/{made.json()['id']}"
    refused = staff.patch(path, {"name": "Bath", "parent": "kitchen"}, headers={"If-Match": made.headers["ETag"]})
    assert refused.status_code == 409
    assert Category.objects.get().name == "Kitchen"


def test_collections_are_picked_or_ruled(staff: APIClient, api: APIClient) -> None:
    product = product_make(title="Tray")
    picked = staff.post(f"{API}/collections", {"title": "Best", "products": [product.slug]})
    assert picked.status_code == 201, picked.content
    rule = {"all": [{"field": "tag", "op": "eq", "value": "gift"}]}
    assert staff.post(f"{API}/collections", {"title": "Gifts", "kind": "rule", "rule": rule}).status_code == 201
    wrong = staff.post(f"{API}/collections", {"title": "Odd", "kind": "rule", "rule": {"all": [{"field": "x"}]}})
    assert wrong.status_code == 400
    assert {row["slug"] for row in api.get(f"{API}/collections").json()["results"]} == {"best", "gifts"}
    path = f"{API}/collections/best"
    # The products are part of what was seen, so of two who change them the second one is told.
    draft = product_make(title="Draft", status="draft")
    seen = _if_match(staff, path)
    assert staff.patch(path, {"products": [draft.slug, product.slug]}, headers=seen).status_code == 200
    assert staff.patch(path, {"products": [product.slug]}, headers=seen).status_code == 412
    assert staff.get(path).json()["products"] == [draft.slug, product.slug]
    assert "products" not in api.get(path).json()
    changed = staff.patch(path, {"is_active": False, "products": []}, headers=_if_match(staff, path))
    assert (changed.status_code, changed.json()["is_active"]) == (200, False)
    assert api.get(path).status_code == 404
    assert staff.delete(path, headers={"If-Match": changed.headers["ETag"]}).status_code == 204


def test_brands_and_attributes_are_kept(staff: APIClient, api: APIClient) -> None:
    brand = staff.post(f"{API}/brands", {"name": "Faro"})
    assert (brand.status_code, brand.json()["slug"]) == (201, "faro")
    assert staff.post(f"{API}/brands", {"name": "Faro"}).status_code == 409
    path = f"{API}/brands/faro"
    renamed = staff.patch(path, {"name": "Far"}, headers={"If-Match": brand.headers["ETag"]})
    assert renamed.status_code == 200
    assert staff.delete(path, headers={"If-Match": renamed.headers["ETag"]}).status_code == 204
    assert not Brand.objects.exists()
    made = staff.post(f"{API}/attributes", {"code": "wood", "name": "Wood", "kind": "choice", "choices": ["oak"]})
    assert made.status_code == 201, made.content
    assert [row["code"] for row in api.get(f"{API}/attributes").json()["results"]] == ["wood"]
    one = f"{API}/attributes/{made.json()['id']}"
    changed = staff.patch(one, {"choices": ["oak", "ash"]}, headers={"If-Match": made.headers["ETag"]})
    assert changed.status_code == 200
    assert staff.delete(one, headers={"If-Match": changed.headers["ETag"]}).status_code == 204


def test_suggestions_begin_as_typed(api: APIClient) -> None:
    product = product_make(title="Stoneware mug")
    found = api.get(f"{API}/search/suggest?q=ston")
    assert found.status_code == 200, found.content
    assert [row["slug"] for row in found.json()["products"]] == [product.slug]
    assert api.get(f"{API}/search/suggest?q=%20").status_code in {200, 400}
    assert api.get(f"{API}/search/suggest").status_code == 400


@pytest.mark.parametrize(("path", "name"), [("categories", "name"), ("collections", "title")])
def test_descriptions_of_shelves_are_cleaned_too(staff: APIClient, path: str, name: str) -> None:
    dirty, clean = '<p onclick="x()">Good<script>alert(1)</script></p>', "<p>Good</p>"
    made = staff.post(f"/api/v1/{path}", {name: "Garden", "description": dirty})
    assert (made.status_code, made.json()["description"]) == (201, clean)
    where = f"/api/v1/{path}/{made.json()['slug']}"
    tag = staff.get(where).headers["ETag"]
    changed = staff.patch(where, {"description": dirty + dirty}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["description"]) == (200, clean + clean)
