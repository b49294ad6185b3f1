"""Every viewset is reachable, and every path answers every kind of caller with what the document says it may."""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from core.problems import CONTENT_TYPE
from core.views import ViewSet
from tests.factories.users import staff_make, user_make
from users.models import User
from users.resources import ResourceViewSet, SetUpViewSet
from users.rights import ALL_RIGHTS

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
    def fill(converter: re.Match[str]) -> str:
        # One id for all: the paths name the tests, and xdist's workers must agree on those.
        return str(uuid.UUID(int=7)) if converter[0].startswith("<uuid") else "nothing-of-this-name"

    return "/" + re.sub(r"<[^>]+>", fill, path)


def test_every_viewset_is_routed() -> None:
    routed = {getattr(pattern.callback, "cls", None) for _, pattern in ROUTES}
    answering = {
        kind for kind in _concrete(ViewSet) if any(hasattr(kind, name) for name in ("list", "retrieve", "create"))
    }
    # The base of resources that staff set up answers nothing by itself.
    ours = {kind for kind in answering if not kind.__module__.startswith("tests.")} - {SetUpViewSet}
    assert ours
    assert ours <= routed


HOOKS = {
    "list": "row_list",
    "retrieve": "row_get",
    "create": "row_create",
    "partial_update": "row_update",
    "destroy": "row_delete",
}


def names_in(method: Any) -> set[str]:
    """Return the names that a method and the functions inside it speak of."""
    code = getattr(method, "__code__", method)
    inner = [constant for constant in getattr(code, "co_consts", ()) if hasattr(constant, "co_names")]
    return set(getattr(code, "co_names", ())).union(*(names_in(constant) for constant in inner))


def test_every_view_answers_what_its_base_leaves_to_it() -> None:
    forgotten, asked = [], set()
    for path, pattern in ROUTES:
        kind = getattr(pattern.callback, "cls", None)
        if kind is None or not issubclass(kind, ResourceViewSet):
            continue
        # A view that never asks for a row's answer needs no way to render one.
        asking = {name for method in vars(kind).values() if callable(method) for name in names_in(method)}
        hooks: list[tuple[type, str]] = [(ResourceViewSet, "render")] if asking & {"answer", "check", "seen"} else []
        if issubclass(kind, SetUpViewSet):
            actions: dict[str, str] = getattr(pattern.callback, "actions", {})
            hooks += [(SetUpViewSet, HOOKS[action]) for action in actions.values() if action in HOOKS]
        asked |= {name for _, name in hooks}
        forgotten += [(path, name) for base, name in hooks if getattr(kind, name) is vars(base)[name]]
    assert asked == {"render", *HOOKS.values()}
    assert forgotten == []


def test_no_path_ends_with_a_slash() -> None:
    assert [path for path, _ in ROUTES if path.endswith("/")] == []


@pytest.fixture
def client_of_kind(
    db: None, api: APIClient, client_of: Callable[[User | str], APIClient]
) -> Callable[[str], APIClient]:
    makers = {
        "guest": lambda: api,
        "customer": lambda: client_of(user_make()),
        "staff": lambda: client_of(staff_make(rights=sorted(ALL_RIGHTS))),
    }
    return lambda kind: makers[kind]()


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
