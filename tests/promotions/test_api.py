"""Promotions and codes as staff set them up through the API."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from promotions.models import Code, LimitUse, Promotion, PromotionGoods
from promotions.services import codes_generate
from promotions.services.codes import ALPHABET
from tests.factories.carts import cart_make
from tests.factories.catalogue import category_make, market_make, product_make, us_market_make, variant_of
from tests.factories.promotions import code_make, promotion_make
from tests.factories.users import staff_make, user_make
from users.models import CustomerGroup, User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]
URL = "/api/v1/promotions"
TEN = {"kind": "percent", "rate_ppm": 100_000}
NOBODY = str(uuid.UUID(int=7))
GIFT_OF_NOBODY = {"kind": "gift", "variant_id": NOBODY, "get_quantity": 1}
PLAIN = {"name": "Ten", "label": "Ten", "benefit": TEN}


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["promotions:read", "promotions:write"]))


def change(client: APIClient, url: str, body: dict[str, Any]) -> Any:
    return client.patch(url, body, headers={"If-Match": client.get(url).headers["ETag"]})


def test_ten_percent_by_a_code_for_shoes_over_fifty(staff: APIClient, api: APIClient) -> None:
    shoes = category_make("Shoes")
    body = PLAIN | {"requires_code": True, "goods": [{"category_id": str(shoes.id)}], "min_amount": eur(5000)}
    answer = staff.post(URL, body)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["benefit"]["kind"], made["benefit"]["rate_ppm"], made["min_amount"]) == ("percent", 100_000, eur(5000))
    assert made["goods"] == [
        {"product_id": None, "variant_id": None, "category_id": str(shoes.id), "collection_id": None}
    ]
    url = f"{URL}/{made['id']}"
    assert staff.get(url).json() == made
    assert staff.get(URL, {"requires_code": "true"}).json()["results"] == [made]
    assert staff.get(URL, {"requires_code": "false"}).json()["results"] == []
    answer = staff.post(f"{url}/codes", {"code": "shoes-10"})
    assert (answer.status_code, answer.json()["code"]) == (201, "SHOES-10")
    cart = cart_make({variant_of(product_make(price=6000, categories=[shoes])): 1})
    totals = api.post(f"/api/v1/carts/{cart.id}/codes", {"code": "Shoes-10"}).json()["totals"]
    assert totals["total"] == eur(5400)


def test_everything_that_can_be_said_is_kept_and_changed(staff: APIClient) -> None:
    market_make()
    CustomerGroup.objects.create(code="club", name="Club")
    cup, plate = (variant_of(product_make()) for _ in range(2))
    body: dict[str, Any] = {
        "name": "All",
        "label": "All",
        "is_active": False,
        "requires_code": True,
        "priority": -5,
        "group": "season",
        "is_exclusive": True,
        "starts_at": "2026-11-27T00:00:00Z",
        "ends_at": "2026-11-30T00:00:00Z",
        "weekdays": [5, 6],
        "markets": ["eu"],
        "countries": ["DE"],
        "customer_groups": ["club"],
        "is_first_order_only": True,
        "min_quantity": 2,
        "min_amount": eur(1000),
        "max_amount": eur(500),
        "budget": eur(100_000),
        "use_limit": 50,
        "customer_use_limit": 1,
    }
    benefit = {"kind": "bundle", "amount": eur(2500), "max_times": 2}
    parts = [{"variant_id": str(cup.id), "quantity": 2}, {"product_id": str(plate.product_id)}]
    made = staff.post(URL, body | {"benefit": benefit | {"parts": parts}}).json()
    assert {name: made[name] for name in body} == body
    assert [(part["variant_id"], part["product_id"], part["quantity"]) for part in made["benefit"]["parts"]] == [
        (str(cup.id), None, 2),
        (None, str(plate.product_id), 1),
    ]
    url = f"{URL}/{made['id']}"
    blank: dict[str, Any] = {
        "starts_at": None,
        "ends_at": None,
        "weekdays": [],
        "markets": [],
        "customer_groups": [],
        "min_amount": None,
        "max_amount": None,
        "budget": None,
        "use_limit": None,
    }
    gift = {"kind": "gift", "variant_id": str(cup.id), "get_quantity": 1}
    answer = change(staff, url, blank | {"benefit": gift})
    assert answer.status_code == 200, answer.json()
    changed = answer.json()
    assert {name: changed[name] for name in blank} == blank
    assert (changed["benefit"]["kind"], changed["benefit"]["amount"], changed["benefit"]["parts"]) == ("gift", None, [])
    assert Promotion.objects.get().currency == ""
    assert not PromotionGoods.objects.exists()
    reward = {"kind": "buy_get", "buy_quantity": 2, "get_quantity": 1, "rate_ppm": 1_000_000}
    changed = change(staff, url, {"benefit": reward | {"reward": [{"variant_id": str(cup.id)}]}}).json()
    assert changed["benefit"]["reward"][0]["variant_id"] == str(cup.id)
    assert staff.delete(url).status_code == 428
    assert staff.delete(url, headers={"If-Match": staff.get(url).headers["ETag"]}).status_code == 204
    assert not Promotion.objects.exists()


@pytest.mark.parametrize(
    ("change_of", "code", "pointer"),
    [
        ({"benefit": {"kind": "percent"}}, "promotion_invalid", "/benefit/rate_ppm"),
        ({"benefit": TEN | {"max_times": 2}}, "promotion_invalid", "/benefit/max_times"),
        ({"benefit": {"kind": "bundle", "amount": eur(5)}}, "promotion_invalid", "/benefit/parts"),
        ({"benefit": {"kind": "bribe"}}, "invalid_input", "/benefit/kind"),
        ({"benefit": {"kind": "percent", "rate_ppm": 0}}, "invalid_input", "/benefit/rate_ppm"),
        ({"benefit": GIFT_OF_NOBODY}, "promotion_reference_unknown", "/benefit/variant_id"),
        ({"goods": [{}]}, "invalid_input", "/goods/0"),
        ({"goods": [{"product_id": NOBODY, "variant_id": NOBODY}]}, "invalid_input", "/goods/0"),
        ({"goods": [{"product_id": NOBODY}]}, "promotion_reference_unknown", "/goods/0"),
        ({"excluded_goods": [{"category_id": NOBODY}]}, "promotion_reference_unknown", "/excluded_goods/0"),
        ({"markets": ["moon"]}, "promotion_reference_unknown", "/markets/0"),
        ({"customer_groups": ["nobody"]}, "promotion_reference_unknown", "/customer_groups/0"),
        ({"weekdays": [8]}, "invalid_input", "/weekdays/0"),
        ({"countries": ["XX"]}, "invalid_input", "/countries/0"),
        ({"use_limit": 0}, "invalid_input", "/use_limit"),
        ({"budget": eur(0)}, "promotion_invalid", "/budget"),
        ({"min_amount": eur(5), "budget": {"amount": 5, "currency": "USD"}}, "promotion_invalid", "/budget/currency"),
        ({"starts_at": "2026-11-27T00:00:00Z", "ends_at": "2026-11-27T00:00:00Z"}, "promotion_invalid", "/ends_at"),
        ({"name": ""}, "invalid_input", "/name"),
        ({"label": "x" * 81}, "invalid_input", "/label"),
        ({"nonsense": 1}, "invalid_input", "/nonsense"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_refused_by_place(
    staff: APIClient, change_of: dict[str, Any], code: str, pointer: str
) -> None:
    url = f"{URL}/{promotion_make().id}"
    before = staff.get(url).json()
    for answer in (staff.post(URL, PLAIN | change_of), change(staff, url, change_of)):
        assert answer.json()["code"] == code, answer.json()
        assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert staff.get(URL).json()["results"] == [before]


def test_an_amount_keeps_its_currency_when_another_changes(staff: APIClient) -> None:
    us_market_make()
    url = f"{URL}/{promotion_make('amount', amount=500).id}"
    answer = change(staff, url, {"min_amount": {"amount": 5, "currency": "USD"}})
    assert answer.json()["errors"][0]["pointer"] == "/min_amount/currency"
    answer = change(staff, url, {"benefit": {"kind": "amount", "amount": {"amount": 600, "currency": "USD"}}})
    assert answer.json()["benefit"]["amount"] == {"amount": 600, "currency": "USD"}
    # Nothing at all is an amount too, of a bundle for nothing.
    url = f"{URL}/{promotion_make('bundle', amount=0, min_amount=500).id}"
    assert change(staff, url, {"min_amount": None}).json()["benefit"]["amount"] == eur(0)
    answer = change(staff, url, {"budget": {"amount": 5, "currency": "USD"}})
    assert answer.json()["errors"][0]["pointer"] == "/budget/currency"


def test_rights(client_of: ClientOf, api: APIClient, staff: APIClient) -> None:
    promotion = promotion_make(code="TEN")
    url = f"{URL}/{promotion.id}"
    reader = client_of(staff_make(rights=["promotions:read"]))
    paths = [URL, url, f"{url}/usage", f"{url}/codes"]
    assert [reader.get(path).status_code for path in paths] == [200] * 4
    assert [api.get(path).status_code for path in paths] == [401] * 4
    other = client_of(staff_make(rights=["settings:write", "orders:read"]))
    assert [other.get(path).status_code for path in paths] == [403] * 4
    assert client_of(user_make()).post(URL, PLAIN).status_code == 403
    for path, body in ((URL, PLAIN), (f"{url}/codes", {"code": "A"}), (f"{url}/codes/generate", {"count": 1})):
        assert reader.post(path, body).status_code == 403
    assert reader.patch(url, {}).status_code == reader.delete(url).status_code == 403
    assert reader.delete(f"{url}/codes/TEN").status_code == 403
    assert staff.get(f"{URL}/{uuid.uuid4()}").json()["code"] == "promotion_not_found"
    assert staff.get(f"{URL}/{uuid.uuid4()}/codes").json()["code"] == "promotion_not_found"
    assert (Promotion.objects.count(), Code.objects.count()) == (1, 1)


def test_a_code_is_one_promotions_and_written_in_one_way(staff: APIClient) -> None:
    first, second = promotion_make(), promotion_make()
    url = f"{URL}/{first.id}/codes"
    made = staff.post(url, {"code": "summer_10", "use_limit": 2}).json()
    assert (made["code"], made["use_limit"], made["used_count"], made["batch"]) == ("SUMMER_10", 2, 0, None)
    for path in (url, f"{URL}/{second.id}/codes"):
        answer = staff.post(path, {"code": "Summer_10"})
        assert (answer.status_code, answer.json()["code"]) == (409, "code_taken")
    for bad in ("", "-A", "A B", "\u00c4", "A" * 33, "STRASSE\u00df"):
        answer = staff.post(url, {"code": bad})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/code"), bad
    LimitUse.objects.create(scope="code", subject_id=Code.objects.get().id, used=1, allowed=2)
    assert [code["used_count"] for code in staff.get(url).json()["results"]] == [1]
    assert staff.delete(f"{URL}/{second.id}/codes/SUMMER_10").status_code == 404
    assert staff.delete(f"{url}/summer_10").status_code == 204
    assert not Code.objects.exists()


def test_generated_codes_are_many_different_unguessable_and_readable(staff: APIClient) -> None:
    promotion = promotion_make(requires_code=True)
    url = f"{URL}/{promotion.id}/codes"
    key = {"Idempotency-Key": str(uuid.UUID(int=7))}
    made = staff.post(f"{url}/generate", {"count": 1000, "prefix": "spring"}, headers=key).json()
    assert made["count"] == 1000
    assert staff.post(f"{url}/generate", {"count": 1000, "prefix": "spring"}, headers=key).json() == made
    codes = set(Code.objects.values_list("code", flat=True))
    assert len(codes) == Code.objects.filter(batch=made["batch"], use_limit=1).count() == 1000
    endings = [code.removeprefix("SPRING-") for code in codes]
    assert {len(ending) for ending in endings} == {13}
    assert set("".join(endings)) == set(ALPHABET)
    assert not set(ALPHABET) & set("01OILU")
    code_make(promotion, "OTHER")
    page = staff.get(url, {"batch": made["batch"], "limit": 100, "count": "exact"}).json()
    assert (len(page["results"]), page["count"]) == (100, 1000)
    assert staff.get(f"{URL}/{promotion.id}/usage").json() == {"used_count": None, "spent": None, "code_count": 1001}
    for bad in ({"count": 0}, {"count": 100_001}, {"count": 1, "prefix": "A B"}, {"count": 1, "prefix": "A" * 19}):
        assert staff.post(f"{url}/generate", bad).status_code == 400


def test_a_code_that_is_there_already_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    promotion = promotion_make(code="A-ONE")
    endings = iter(["ONE", "TWO", "TWO", "THREE", "FOUR"])
    monkeypatch.setattr("promotions.services.codes._random", lambda: next(endings))
    codes_generate(promotion_id=promotion.id, count=3, prefix="a")
    assert set(Code.objects.values_list("code", flat=True)) == {"A-ONE", "A-TWO", "A-THREE", "A-FOUR"}


def test_a_hundred_thousand_codes_cost_a_statement_for_each_ten_thousand() -> None:
    promotion = promotion_make()
    with CaptureQueriesContext(connection) as queries:
        codes_generate(promotion_id=promotion.id, count=20_000)
    assert sum("INSERT INTO promotions_code" in query["sql"] for query in queries) == 2
    assert Code.objects.count() == 20_000


def test_a_promotion_takes_a_bounded_number_of_codes(staff: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promotions.services.codes.MAX_CODES", 3)
    url = f"{URL}/{promotion_make(code='FIRST').id}/codes"
    answer = staff.post(f"{url}/generate", {"count": 3})
    assert (answer.status_code, answer.json()["code"], Code.objects.count()) == (409, "promotion_codes_full", 1)
    assert staff.post(f"{url}/generate", {"count": 2}).status_code == 201
    answer = staff.post(url, {"code": "FOURTH"})
    assert (answer.status_code, answer.json()["code"], Code.objects.count()) == (409, "promotion_codes_full", 3)
    assert staff.delete(f"{url}/FIRST", headers={"If-Match": "*"}).status_code == 204
    assert staff.post(url, {"code": "FOURTH"}).status_code == 201


def test_usage_says_what_is_spent(staff: APIClient) -> None:
    promotion = promotion_make("amount", amount=500, use_limit=9, budget_amount=10_000)
    LimitUse.objects.create(scope="promotion", subject_id=promotion.id, used=3, allowed=9)
    LimitUse.objects.create(scope="budget", subject_id=promotion.id, used=1500, allowed=10_000)
    answer = staff.get(f"{URL}/{promotion.id}/usage").json()
    assert answer == {"used_count": 3, "spent": eur(1500), "code_count": 0}


def test_lists_cost_the_same_for_more_rows(staff: APIClient) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(path).status_code == 200
        return len(queries)

    promotion = promotion_make(code="A1", goods=[category_make()])
    codes = f"{URL}/{promotion.id}/codes"
    before = (cost(URL), cost(codes))
    for number in range(5):
        promotion_make(code=f"B{number}", goods=[category_make(), category_make()], markets=[market_make()])
        code_make(promotion)
    assert (cost(URL), cost(codes)) == before
