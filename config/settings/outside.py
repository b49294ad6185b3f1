"""Reading from the environment which services outside a shop asks. Their secrets stand nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import environ
from django.core.exceptions import ImproperlyConfigured

from core.outside.configured import ServiceConfig, service_path
from core.places import COUNTRIES, Place, postal_code_key


def services(env: environ.Env, names: Iterable[str], prefix: str, path: str) -> Mapping[str, ServiceConfig]:
    """Return each service by its name: `my-post` of the prefix CARRIER is made of what CARRIER_MY_POST_* say.

    CLASS is the dotted path of its class (else `path`), URL and SECRET are its options if they are given, and OPTIONS
    is a JSON object of more.
    """
    found: dict[str, ServiceConfig] = {}
    for name in names:
        setting = f"{prefix}_{service_path(name)}"
        options = dict(env.json(f"{setting}_OPTIONS", default={}))
        given = {"url": env.str(f"{setting}_URL", default=""), "secret": env.str(f"{setting}_SECRET", default="")}
        options |= {option: value for option, value in given.items() if value}
        found[name] = ServiceConfig(env.str(f"{setting}_CLASS", default=path), options, setting)
    return found


def place(text: str) -> Place | None:
    """Return the place that `ES 46001` or `US-NY 10001` names; None for a blank one."""
    if not text.strip():
        return None
    area, _, postal_code = text.strip().partition(" ")
    country, _, region = area.partition("-")
    if country not in COUNTRIES:
        message = f"SHIPPING_ORIGIN must begin with a country's code, such as ES 46001 or US-NY 10001, not {text!r}."
        raise ImproperlyConfigured(message)
    return Place(country, region, postal_code_key(postal_code))
