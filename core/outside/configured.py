"""Which services outside a shop has: names, each with the class that asks it and that class's options."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from core.outside.services import Failure, ServiceFailed

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """The dotted path of a service's class, and the keyword arguments that it is made with; secrets are among them.

    `setting` is how the names of its settings begin.
    """

    path: str
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    setting: str = ""


def service_of(config: ServiceConfig) -> Any:
    """Return the service, made once per process.

    Raises:
        ImproperlyConfigured: the class or one of its options doesn't exist.
    """
    try:
        return _made(config.path, json.dumps(config.options, sort_keys=True))
    except (ImportError, TypeError, ValueError) as error:
        # Without the options themselves: a secret is among them.
        begins = f"{config.setting}_*: " if config.setting else ""
        message = f"{begins}{config.path} can't be made with {', '.join(config.options) or 'no options'}: {error}"
        raise ImproperlyConfigured(message) from error


def service_named(name: str, configured: Mapping[str, ServiceConfig]) -> Any:
    """Return one of the services that the settings name.

    Raises:
        ServiceFailed: it is not among them any more.
        ImproperlyConfigured: it can't be made.
    """
    if name not in configured:
        raise ServiceFailed(Failure.NOT_CONFIGURED, name)
    return service_of(configured[name])


def service_path(name: str) -> str:
    """Return the beginning of the names of a service's settings: `post-nl` is `POST_NL`.

    Raises:
        ImproperlyConfigured: it can't be a service's name.
    """
    if not _NAME.fullmatch(name):
        message = f"{name!r} can't be a service's name: write small letters, digits and dashes, such as my-carrier."
        raise ImproperlyConfigured(message)
    return name.upper().replace("-", "_")


@lru_cache(maxsize=64)
def _made(path: str, options: str) -> Any:
    # As JSON, since options may be lists and objects, which can't be kept by.
    return import_string(path)(**json.loads(options))
