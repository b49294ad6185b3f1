"""Health: `/healthz` says that the process answers, `/readyz` that what it needs answers too."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from core.problems import Unavailable, problem_response


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer at once; touches nothing."""
    del request
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers and every migration is applied, else 503 with the check that failed."""
    del request
    checks: dict[str, str] = {}
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        checks["database"] = "ok"
        checks["migrations"] = f"{len(pending)} not applied; run manage.py migrate" if pending else "ok"
    except DatabaseError:
        checks["database"] = "cannot be reached"
    if all(state == "ok" for state in checks.values()):
        return JsonResponse({"status": "ok", "checks": checks})
    return problem_response(Unavailable("Not ready.", checks=checks))  # type: ignore[return-value]
