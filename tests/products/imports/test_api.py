"""Imports over the API: upload, progress, report, rights; and the job that runs them."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from core import clock
from events.models import Event, Job
from products.importing import services as import_services
from products.importing import tasks
from products.importing.models import Import
from products.models import Price, Product
from tests.factories.catalogue import location_make, market_make, product_make
from tests.factories.users import api_key_make

pytestmark = pytest.mark.django_db

TEXT = "Handle,Title,Variant SKU,Price\nmesa,Mesa,M-1,10\nsilla,Silla,,x\n"


@pytest.fixture
def client(client_of: Callable[..., APIClient]) -> APIClient:
    market_make()
    location_make()
    return client_of(api_key_make(scopes=["imports:write"]))


class LockNotHad(Exception):
    """What a test lets go wrong."""


def upload(client: APIClient, text: str | bytes = TEXT, **fields: Any) -> Any:
    content = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile(fields.pop("name", "export.csv"), content, content_type="text/csv")
    headers = fields.pop("headers", {})
    data = {"file": file, "format": "shopify", "market": "eu", **fields}
    return client.post("/api/v1/imports", data, format="multipart", headers=headers)


def content(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def run_job() -> Import:
    job = Job.objects.get(kind="import")
    tasks.run(**job.payload)
    return Import.objects.get(id=job.payload["import_id"])


def test_an_upload_is_imported_by_the_worker(
    client: APIClient, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    response = upload(client)

    assert response.status_code == 201
    body = response.json()
    assert response.headers["Location"] == f"/api/v1/imports/{body['id']}"
    assert (body["status"], body["format"], body["market"], body["file_name"]) == (
        "waiting",
        "shopify",
        "eu",
        "export.csv",
    )
    assert (body["size"], body["done_count"], body["is_dry_run"]) == (len(TEXT), 0, False)
    assert body["actor"].startswith("key:")
    assert Product.objects.count() == 0
    stored = Path(Import.objects.get().file.path)
    assert "media/products" not in str(stored)
    assert stored.read_text() == TEXT

    with django_capture_on_commit_callbacks(execute=True):
        run_job()

    body = client.get(response.headers["Location"]).json()
    assert (body["status"], body["created_count"], body["failed_count"], body["error_count"]) == ("done", 1, 1, 1)
    assert (body["line"], body["line_count"], body["done_count"]) == (3, 3, 2)
    assert body["finished_at"] >= body["started_at"] >= body["created_at"]
    assert Product.objects.get().title == "Mesa"
    assert not stored.exists()
    assert Event.objects.get(type="import.finished").data["created_count"] == 1
    assert Event.objects.get(type="product.created").actor == body["actor"]


def test_the_report_is_csv(client: APIClient) -> None:
    url = upload(client).headers["Location"]
    run_job()

    response = client.get(f"{url}/report", headers={"Accept": "text/csv"})

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(content(response))))
    assert [(row["line"], row["column"], row["handle"], row["code"], row["value"]) for row in rows] == [
        ("3", "Price", "silla", "money", "x")
    ]


def test_a_dry_run_writes_no_product_and_says_what_it_would_do(client: APIClient) -> None:
    product_make("Mesa", slug="mesa", variants=[{"sku": "M-1", "price": 900}])
    url = upload(client, dry_run="true").headers["Location"]

    run_job()

    body = client.get(url).json()
    assert (body["is_dry_run"], body["changed_count"], body["failed_count"]) == (True, 1, 1)
    assert Price.objects.get().amount == 900
    report = content(client.get(f"{url}/report"))
    assert "mesa,note,would_be_changed,It would change: price of M-1." in report


def test_an_unreadable_file_fails_with_the_reason(client: APIClient) -> None:
    url = upload(client, "Handle,Title,Price\nmesa,Té,10\n".encode("latin-1")).headers["Location"]

    run_job()

    body = client.get(url).json()
    assert (body["status"], body["error_count"], body["done_count"]) == ("failed", 1, 0)
    assert "not UTF-8" in body["failure"]
    assert Product.objects.count() == 0


def test_a_job_that_runs_twice_imports_once(client: APIClient) -> None:
    upload(client)
    run_job()
    before = Import.objects.values().get()

    run_job()

    assert Import.objects.values().get() == before


def test_a_job_that_is_cut_off_behind_its_last_product_still_closes_the_import(
    client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(client)
    with monkeypatch.context() as cut:
        cut.setattr(tasks, "import_close", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run_job()
    assert (Import.objects.get().status, Event.objects.filter(type="import.finished").count()) == ("done", 0)

    run_job()
    run_job()

    assert Event.objects.filter(type="import.finished").count() == 1
    assert not Import.objects.get().file


@pytest.mark.django_db(transaction=True)
def test_an_import_whose_job_was_given_up_fails_and_says_so(client: APIClient) -> None:
    urls = [upload(client).headers["Location"] for _ in range(3)]
    tired, waiting, lost = Job.objects.filter(kind="import").order_by("created_at")
    files = [Path(row.file.path) for row in Import.objects.order_by("created_at")]
    Import.objects.exclude(id=waiting.payload["import_id"]).update(status="running")
    Job.objects.filter(id=tired.id).update(status="failed", attempts=8, last_error="Traceback\nKeyError: 'x'\n")
    lost.delete()

    for _ in range(2):
        tasks.sweep()

    bodies = [client.get(url).json() for url in urls]
    assert [body["status"] for body in bodies] == ["failed", "waiting", "failed"]
    assert "given up after 8 attempts: KeyError: 'x'" in bodies[0]["failure"]
    assert "Nobody is doing this import any more." in bodies[2]["failure"]
    assert bodies[0]["finished_at"] is not None
    assert Event.objects.filter(type="import.finished").count() == 2
    assert [file.exists() for file in files] == [False, True, False]


def test_a_file_whose_upload_was_rolled_back_is_swept_out(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Path(Import.objects.get(id=upload(client).json()["id"]).file.path)
    monkeypatch.setattr(import_services, "job_enqueue", Mock(side_effect=LockNotHad))
    with pytest.raises(LockNotHad):
        upload(client)
    orphans = [path for path in kept.parent.iterdir() if path != kept and path.stat().st_mtime >= kept.stat().st_mtime]
    assert (Import.objects.count(), len(orphans)) == (1, 1)

    tasks.sweep()
    assert orphans[0].exists()
    with clock.moved(timedelta(days=2)):
        tasks.sweep()

    assert (kept.exists(), orphans[0].exists()) == (True, False)


def test_a_file_that_is_gone_fails_the_import(client: APIClient) -> None:
    upload(client)
    Path(Import.objects.get().file.path).unlink()

    row = run_job()

    assert row.status == "failed"
    assert "No such file" in row.failure


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"format": "excel"}, "/format", "invalid_choice"),
        ({"format": ""}, "/format", "invalid_choice"),
        ({"market": "nowhere"}, None, "market_unknown"),
        ({"market": "\0"}, "/market", "null_characters_not_allowed"),
        ({"location": "nowhere"}, None, "location_unknown"),
        ({"dry_run": "perhaps"}, "/dry_run", "invalid"),
        ({"file": "a text"}, "/file", "invalid"),
        ({"sheet": "1"}, "/sheet", "unknown_field"),
    ],
)
def test_a_bad_upload_is_refused_and_nothing_kept(
    client: APIClient, fields: dict[str, Any], pointer: str | None, code: str
) -> None:
    response = upload(client, **fields)

    assert response.status_code == 400, response.json()
    body = response.json()
    if pointer is None:
        assert body["code"] == code
    else:
        assert (pointer, code) in [(error["pointer"], error["code"]) for error in body["errors"]]
    assert (Import.objects.count(), Job.objects.count()) == (0, 0)


def test_an_empty_file_and_a_missing_one_are_refused(client: APIClient) -> None:
    assert upload(client, b"").json()["errors"][0]["code"] == "empty"
    response = client.post("/api/v1/imports", {"format": "shopify", "market": "eu"}, format="multipart")
    assert [error["pointer"] for error in response.json()["errors"]] == ["/file"]


def test_a_file_that_is_too_large_is_refused_before_it_is_read(client: APIClient, settings: LazySettings) -> None:
    settings.IMPORT_MAX_BYTES = 100

    response = upload(client, "x" * 200)

    assert response.status_code == 413
    assert Import.objects.count() == 0


def test_json_is_no_way_to_send_a_file(client: APIClient) -> None:
    assert client.post("/api/v1/imports", {"format": "shopify"}, format="json").status_code == 415


def test_a_repeated_upload_with_the_same_key_is_one_import(client: APIClient) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}

    first = upload(client, headers=key)
    again = upload(client, headers=key)
    other = upload(client, TEXT.replace("10", "11"), headers=key)

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Import.objects.count() == 1


def test_reading_again_costs_nothing_until_something_changed(client: APIClient) -> None:
    response = upload(client)
    url, etag = response.headers["Location"], response.headers["ETag"]

    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    run_job()
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 200


def test_imports_are_listed_newest_first(client: APIClient) -> None:
    for name in ("a.csv", "b.csv", "c.csv"):
        upload(client, name=name)

    body = client.get("/api/v1/imports?limit=2").json()

    assert [row["file_name"] for row in body["results"]] == ["c.csv", "b.csv"]
    assert [row["file_name"] for row in client.get(body["next"]).json()["results"]] == ["a.csv"]
    assert client.get("/api/v1/imports?status=done").json()["results"] == []
    assert client.get("/api/v1/imports?status=odd").status_code == 400


def test_an_import_that_is_not_there_is_a_404(client: APIClient) -> None:
    for url in (f"/api/v1/imports/{uuid.uuid4()}", f"/api/v1/imports/{uuid.uuid4()}/report"):
        response = client.get(url)
        assert (response.status_code, response.json()["code"]) == (404, "import_not_found")


@pytest.mark.parametrize("scopes", [[], ["catalogue:write"]])
def test_only_who_may_import_sees_or_sends_files(
    client_of: Callable[..., APIClient], api: APIClient, scopes: list[str]
) -> None:
    market_make()
    caller, status = (client_of(api_key_make(scopes=scopes)), 403) if scopes else (api, 401)
    some = uuid.uuid4()

    assert upload(caller).status_code == status
    for path in ("imports", f"imports/{some}", f"imports/{some}/report", "exports/products?format=tienda"):
        assert caller.get(f"/api/v1/{path}").status_code == status
    assert Import.objects.count() == 0


def test_the_catalogue_is_streamed_in_both_formats(client: APIClient) -> None:
    product_make("Mesa", slug="mesa", price=1234)

    shopify = client.get("/api/v1/exports/products?format=shopify&market=eu&location=main")
    tienda = client.get("/api/v1/exports/products?format=tienda", headers={"Accept": "application/jsonl"})

    assert shopify.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(content(shopify))))
    assert [(row["Handle"], row["Variant Price"]) for row in rows] == [("mesa", "12.34")]
    assert tienda.headers["Content-Type"] == "application/jsonl"
    assert content(tienda).startswith('{"slug":"mesa"')


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "format"),
        ("format=excel", "format"),
        ("format=shopify&market=nowhere", None),
        ("format=shopify&location=nowhere", None),
        ("format=shopify&sheet=1", "sheet"),
    ],
)
def test_a_bad_export_is_a_400_that_names_the_parameter(client: APIClient, query: str, parameter: str | None) -> None:
    response = client.get(f"/api/v1/exports/products?{query}")

    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert [error.get("parameter") for error in response.json()["errors"]] == ([parameter] if parameter else [])
