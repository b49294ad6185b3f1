"""A check of our own for schemathesis: what the document allows is refused for facts only, never for its shape.

schemathesis takes every 400 of a request that fits its schema for a fault. Some rules can't be in a schema: that a
market, a language, a cursor is one of this shop's, that an address is right in its country. So 400 is allowed in the
configuration, and here it is asked why: a reason that a schema could have given is a fault of the document.
"""

from typing import Any

import schemathesis

# What a schema says by type, format, pattern, required, enum, minLength, maximum, additionalProperties and so on.
OF_A_SCHEMA = {
    "amount",
    "blank",
    "empty",
    "invalid",
    "invalid_choice",
    "max_length",
    "max_string_length",
    "max_value",
    "min_length",
    "min_value",
    "not_a_dict",
    "not_a_list",
    "null",
    "required",
    "shape",
    "surrogate",
    "unknown_field",
}


# schemathesis tells by its name what a parameter of a path means: `/x/{brand_id}` takes the `id` of a `Brand`. Ours are
# references (an id, a slug, a number), and lists show less of a thing than it does of itself under another name. A
# template's name is nobody's business but the document's, so here they are named for what the lists call their things.
NAMES = {
    "/brands/{reference}": "brand_id",
    "/carts/{cart_id}": "cart_summary_id",
    "/categories/{reference}": "category_branch_id",
    "/collections/{reference}": "collection_id",
    "/customers/{id}": "customer_id",
    "/orders/{reference}": "order_summary_id",
    "/products/{reference}": "product_view_id",
    "/variants/{reference}": "variant_id",
}


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """Name the parameters of paths so that what a list showed is asked for."""
    paths = raw_schema["paths"]
    for path in list(paths):
        for prefix, name in NAMES.items():
            if path == prefix or path.startswith(f"{prefix}/"):
                old = prefix.rpartition("{")[2].strip("}")
                for operation in paths[path].values():
                    for parameter in operation["parameters"]:
                        if (parameter["in"], parameter["name"]) == ("path", old):
                            parameter["name"] = name
                paths[path.replace(f"{{{old}}}", f"{{{name}}}", 1)] = paths.pop(path)


@schemathesis.check
def refused_for_facts_only(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """Look why a request that fits the document was refused."""
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    headers = {name.lower() for name in case.headers or {}}
    if response.status_code == 412:
        assert "if-match" in headers, "Refused for a condition that was not sent."
    elif response.status_code == 428:
        assert "if-match" not in headers, "A condition was sent."
    elif response.status_code == 422:
        assert "idempotency-key" in headers, "Refused for a key that was not sent."
    elif response.status_code == 400 and not _has_whole_float(case.body):
        problem = response.json()
        # A code of its own, such as `address_invalid`, is a reason.
        if problem["code"] in {"invalid_input", "malformed_body"}:
            reasons = {error["code"] for error in problem["errors"]} or {problem["code"]}
            assert not reasons & (OF_A_SCHEMA | {"malformed_body"}), (
                f"Refused for what the schema could have said: {problem['detail']}"
            )


def _has_whole_float(value: Any) -> bool:
    """Tell of `3.0`, which is an integer for JSON Schema and none here (docs/api.md)."""
    if isinstance(value, dict):
        return any(_has_whole_float(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_whole_float(item) for item in value)
    return isinstance(value, float) and value.is_integer()
