"""schemathesis, with all its checks, against a live shop, as two customers and as a machine that may do everything.

Slow; run by `manage.py test --slow`. What is tried is the same each time. By hand, `FUZZ_SEED=7 FUZZ_EXAMPLES=50
FUZZ_COVERAGE=all` tries something else, more for each operation, and what is left out below.
"""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.generators import SchemaGenerator
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from cart import selectors as cart_selectors
from cart.models import Cart
from markets.models import Market
from orders import views as order_views
from orders.models import Order
from orders.selectors import order_get
from products.models import Variant
from shipping.models import ShippingMethod
from tests.factories.carts import ADDRESS, cart_make
from tests.factories.orders import order_make
from tests.factories.users import PASSWORD, api_key_make, user_make
from users.callers import Caller
from users.models import Address, ApiKey
from users.rights import ALL_RIGHTS
from users.views import me as me_views

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

HERE = Path(__file__).parent
SEED = os.environ.get("FUZZ_SEED", "1")
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "6")
IS_COVERAGE_WHOLE = os.environ.get("FUZZ_COVERAGE") == "all"
PEOPLE = ("alice", "bob")

# Whether a thousand borders of a schema hold is tried once: of what customers do as customers, of the rest as the
# machine. Where another operation takes the same fields it is tried there; examples and fuzzing try every one.
OF_CUSTOMERS = ["auth", "carts", "me", "orders"]
OF_STAFF = [
    "access",
    "catalogue",
    "credit",
    "customers",
    "imports",
    "payments",
    "promotions",
    "settings",
    "shipping",
    "stock",
]
LIKE_OTHERS = [
    "locations_partial_update",
    "markets_partial_update",
    "payments_capture_create",
    "payments_refunds_create",
    "products_bulk_create",
    "products_partial_update",
    "products_variants_create",
    "shipping_methods_create",
    "shipping_methods_partial_update",
    "tax_rates_create",
    "tax_rates_partial_update",
    "variants_partial_update",
    "variants_prices_update",
]

Answers = dict[str, set[int]]
"""The statuses that each operation answered with."""


@pytest.fixture
def shop(settings: Settings) -> None:
    """Fill the shop with the demo; alice and bob each have an address, a cart and an order."""
    # Whoever tries a thousand log-ins shall find out about log-ins, not about the budget of tries.
    settings.THROTTLES = dict.fromkeys(settings.THROTTLES, (10**6, 60))
    call_command("demo", verbosity=0)
    market = Market.objects.get(code="eu")
    method = ShippingMethod.objects.filter(market=market, zone__countries__contains=["DE"], is_active=True)[0]
    variants = Variant.objects.filter(stock_levels__on_hand__gt=20).order_by("sku")[:2]
    for name, variant in zip(PEOPLE, variants, strict=True):
        person = user_make(email=f"{name}@example.com", name=name.title())
        Address.objects.create(user=person, **ADDRESS)
        order_make({variant: 1}, market=market, shipping_method=method, customer=person)
        cart_make({variant: 2}, market=market, customer=person)


class Fuzz:
    """Runs schemathesis against the shop and keeps what it was answered."""

    def __init__(self, url: str, folder: Path) -> None:
        """Say where the shop is."""
        self.url = f"{url}/api/v1"
        self.folder = folder
        self.report = folder / "report.ndjson"

    def run(self, *options: str, before: str = "", after: str = "") -> subprocess.CompletedProcess[str]:
        """Run it with our configuration, and with what stands before and after that."""
        config = self.folder / "schemathesis.toml"
        config.write_text(f"{before}\n{(HERE / 'schemathesis.toml').read_text()}\n{after}")
        command = ["--config-file", str(config), "run", f"{self.url}/openapi.json", "--url", self.url]
        command += ["--checks", "all", "--max-examples", EXAMPLES, "--seed", SEED]
        command += ["--report", "ndjson", "--report-ndjson-path", str(self.report)]
        more = {"NO_COLOR": "1", "PYTHONWARNINGS": "ignore", "SCHEMATHESIS_HOOKS": str(HERE / "schemathesis_checks.py")}
        return subprocess.run(
            [str(Path(sys.executable).with_name("st")), *command, *options],
            cwd=self.folder,
            env=os.environ | more,
            capture_output=True,
            text=True,
            check=False,
        )

    def answers(self) -> Answers:
        """Return what each operation was answered, by method and path."""
        found: Answers = defaultdict(set)
        for line in self.report.read_text().splitlines():
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            for name, call in recorder.get("interactions", {}).items():
                case = recorder["cases"][name]["value"]
                found[f"{case['method']} {_nameless(case['path'])}"].add((call["response"] or {}).get("status_code", 0))
        return found


@pytest.fixture
def fuzz(live_server: LiveServer, tmp_path: Path) -> Fuzz:
    """Return a runner of schemathesis against this test's own server."""
    return Fuzz(live_server.url, tmp_path)


@pytest.fixture
def peers(tmp_path: Path) -> str:
    """Return the configuration by which schemathesis logs in as alice and bob, anew whenever it has logged out."""
    token = {"extractFrom": "body", "extractSelector": "/access_token", "sendIn": "header"}
    token |= {"sendName": "Authorization", "sendTemplate": "Bearer {token}"}
    entries = [
        {
            "name": name,
            "loginEndpointAuth": {
                "endpoint": "/api/v1/auth/login",
                "verb": "POST",
                "contentType": "application/json",
                "payloadRaw": json.dumps({"email": f"{name}@example.com", "password": PASSWORD}),
                "token": token,
            },
        }
        for name in PEOPLE
    ]
    (tmp_path / "wfc.json").write_text(json.dumps({"schemaVersion": "0.2.0", "auth": entries}))
    return f'auth.wfc = {{path = "wfc.json", peers = {json.dumps(PEOPLE)}}}'


def _nameless(path: str) -> str:
    # The names of parameters are changed by the hook.
    return re.sub(r"\{[^}]+\}", "{}", path)


def _without_coverage(filter_name: str, values: list[str]) -> str:
    if IS_COVERAGE_WHOLE:
        return ""
    return f"[[operations]]\n{filter_name} = {json.dumps(values)}\nphases.coverage.enabled = false\n"


def _assert_all_were_called(answers: Answers, *, shut: list[str]) -> None:
    """State that every operation of the document was called, and let its caller in except where it is shut to them."""
    document: Any = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    operations = {
        f"{method.upper()} {_nameless(path)}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if "operationId" in operation
    }
    assert operations.keys() - answers.keys() == set()
    open_ones = {name for name, operation in operations.items() if not set(operation["tags"]) & set(shut)}
    assert {name for name in open_ones if answers[name] <= {401, 403, 405, 406}} == set()


def test_two_customers_find_no_error_and_nothing_of_each_other(shop: None, fuzz: Fuzz, peers: str) -> None:
    finished = fuzz.run(before=peers, after=_without_coverage("include-tag", OF_STAFF))
    assert finished.returncode == 0, finished.stdout + finished.stderr
    _assert_all_were_called(fuzz.answers(), shut=OF_STAFF)


def test_a_machine_with_every_right_finds_no_error(shop: None, fuzz: Fuzz) -> None:
    key = api_key_make(scopes=sorted(ALL_RIGHTS))
    # The key must not be the one to go, or the rest of the run would be told nothing but 401.
    api_key_make(name="Spare")
    spare = ApiKey.objects.get(name="Spare")
    finished = fuzz.run(
        *("--header", f"Authorization: Bearer {key}", "--exclude-checks", "object_level_authorization"),
        after=f'[[operations]]\ninclude-operation-id = "api_keys_revoke"\nparameters = {{"path.id" = "{spare.pk}"}}\n'
        + _without_coverage("include-tag", OF_CUSTOMERS)
        + _without_coverage("include-operation-id", LIKE_OTHERS),
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    # A key is nobody's account, and has no cart of its own to list.
    _assert_all_were_called(fuzz.answers(), shut=["me", "carts"])


def test_it_finds_what_customers_could_see_of_each_other(
    shop: None, fuzz: Fuzz, peers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control run: without the filters that keep people apart, each of the three is found."""
    readable = cart_selectors._readable

    def seeing_all(caller: Caller) -> Caller:
        return caller if caller.is_guest else Caller(user_id=caller.user_id, rights=frozenset({"orders:read"}))

    def order_of_anybody(reference: str, caller: Caller, token: str | None = None) -> Order:
        return order_get(reference, seeing_all(caller), token)

    def cart_of_anybody(carts: QuerySet[Cart], cart_id: Any, caller: Caller) -> Cart:
        return readable(carts, cart_id, seeing_all(caller))

    monkeypatch.setattr(order_views, "order_get", order_of_anybody)
    monkeypatch.setattr(cart_selectors, "_readable", cart_of_anybody)
    monkeypatch.setattr(me_views, "address_get", lambda _, address_id: get_object_or_404(Address, pk=address_id))
    lists = {
        "/me/addresses": "/me/addresses/{id}",
        "/orders": "/orders/{order_summary_id}",
        "/carts": "/carts/{cart_summary_id}",
    }
    names = [option for pair in lists.items() for path in pair for option in ("--include-name", f"GET {path}")]
    finished = fuzz.run(*names, "--phases", "fuzzing,stateful", before=peers)
    assert finished.returncode == 1, finished.stdout + finished.stderr
    leaks = re.findall(r"`bob` received the `(\w+)` that `alice` owns", finished.stdout)
    assert set(leaks) == {"BookAddress", "OrderSummary", "CartSummary"}, finished.stdout
