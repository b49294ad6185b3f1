"""What nobody foresaw, and paths that nobody made: problems all the same, and nothing of the inside."""

import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import middleware
from core.ids import capability, uuid7


@pytest.mark.parametrize("is_debug", [True, False])
def test_a_path_that_nobody_made_is_a_problem(api: APIClient, settings: Any, is_debug: bool) -> None:
    settings.DEBUG = is_debug
    for path in ("/", "/api/v1/nothing", "/api/v1/orders/a%2Fb/c", "/favicon.ico"):
        response = api.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("is_debug", [True, False])
def test_what_nobody_foresaw_is_a_500_that_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, settings: Any, is_debug: bool
) -> None:
    def broken(*_: object, **__: object) -> None:
        message = "the inside"
        raise ZeroDivisionError(message)

    settings.DEBUG = is_debug
    monkeypatch.setattr("markets.views.market_list", broken)
    client = APIClient(raise_request_exception=False)
    response = client.get("/api/v1/markets", headers={"X-Request-Id": "mine-1"})
    assert (response.status_code, response.json()["code"]) == (500, "server_error")
    assert (response.json()["request_id"], response.headers["X-Request-Id"]) == ("mine-1", "mine-1")
    assert b"inside" not in response.content


def test_the_log_names_rows_and_opens_no_cart(monkeypatch: pytest.MonkeyPatch, api: APIClient) -> None:
    lines: list[dict[str, Any]] = []
    monkeypatch.setattr(middleware.logger, "info", lambda _event, **line: lines.append(line))
    cart, line, order = capability(), uuid7(), uuid.UUID("0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c10")
    for path in (f"/nothing/{cart}/lines/{line}", f"/nothing/{order}?token=secret"):
        api.get(path)
    assert [line["path"] for line in lines] == [f"/nothing/{str(cart)[:8]}.../lines/{line}", f"/nothing/{order}"]
