"""Every viewset is reachable, and every path answers every kind of caller with what the document says it may."""

import json
import uuid
from collections.abc import Callable, Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from core.problems import CONTENT_TYPE
from core.views import ViewSet

METHODS = ("get", "post", "put", "patch", "delete", "options", "trace")


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for item in resolver.url_patterns:
        path = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from _patterns(item, path)
        else:
            yield path, item


ROUTES = [(path, pattern) for path, pattern in _patterns(get_resolver()) if path.startswith("api/v1/")]


def _concrete(kind: type[ViewSet]) -> Iterator[type[ViewSet]]:
    for child in kind.__subclasses__():
        yield child
        yield from _concrete(child)


def _filled(path: str) -> str:
    for begin, end in (("<", ">"),):
        while begin in path:
            head, rest = path.split(begin, 1)
            converter, tail = rest.split(end, 1)
            path = head + (str(uuid.uuid4()) if converter.startswith("uuid") else "nothing-of-this-name") + tail
    return "/" + path


def test_every_viewset_is_routed() -> None:
    routed = {getattr(pattern.callback, "cls", None) for _, pattern in ROUTES}
    ours = {
        kind
        for kind in _concrete(ViewSet)
        if not kind.__module__.startswith("tests.") and any(hasattr(kind, name) for name in ("list", "retrieve", "create"))
    }
    assert ours
    assert ours <= routed


def test_no_path_ends_with_a_slash() -> None:
    assert [path for path, _ in ROUTES if path.endswith("/")] == []


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["guest", "customer", "staff"])
@pytest.mark.parametrize("path", sorted({_filled(path) for path, _ in ROUTES}))
def test_every_path_answers_every_caller_in_its_own_terms(
    path: str, kind: str, client_of_kind: Callable[[str], APIClient]
) -> None:
    client = client_of_kind(kind)
    for method in METHODS:
        body = json.dumps({"unknown": "\u00f1"}) if method in {"post", "put", "patch"} else ""
        response = client.generic(method.upper(), path, body, content_type="application/json")
        assert response.status_code < 500, (method, path, response.content[:500])
        if response.status_code >= 400:
            assert response.headers["Content-Type"] == CONTENT_TYPE, (method, path)
            assert response.json()["status"] == response.status_code
            assert response.json()["request_id"]
