"""Questions to the list of products."""

from typing import Any

from rest_framework.test import APIClient

PRODUCTS = "/api/v1/products"


def titles(api: APIClient, query: str) -> list[str]:
    response = api.get(f"{PRODUCTS}?sort=title&{query}")
    assert response.status_code == 200, response.content
    return [product["title"] for product in response.json()["results"]]


def facets(api: APIClient, query: str = "") -> Any:
    response = api.get(f"{PRODUCTS}?facets=true&{query}")
    assert response.status_code == 200, response.content
    return response.json()["facets"]


def found(api: APIClient, words: str, **more: str) -> list[str]:
    response = api.get(PRODUCTS, {"q": words, **more})
    assert response.status_code == 200, response.content
    return [product["title"] for product in response.json()["results"]]
