"""Middleware that belongs to no app: request ids and the log line, problems, browser machinery for browsers only."""

import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from core.problems import ServerError, answer_with, problem_of

logger = structlog.get_logger("request")

_REQUEST_ID = re.compile(r"[\w.:/+=-]{1,64}", re.ASCII)
_CAPABILITY = re.compile(r"([0-9a-f]{8})-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""A random UUID (version 4, see core/ids.py): who holds it holds what it names."""


class RequestMiddleware:
    """Give each request an id (the client's own if it sent a plain X-Request-Id), echo it, and log one line.

    The line has no query string and no body: a token may stand there. Of a guest's cart it gives the id's beginning
    only: enough to follow it through the log, too little to open it. django-structlog was tried; it writes two lines
    and looks for a session user on every request, which cost more than the hottest reads do.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the next in line."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Bind the id for the logs and problems of this request, then answer."""
        sent = request.headers.get("X-Request-Id", "")
        request_id = sent if _REQUEST_ID.fullmatch(sent) else str(uuid.uuid4())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.perf_counter()
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        logger.info(
            "request",
            method=request.method,
            path=_CAPABILITY.sub(r"\1...", request.path),
            status=response.status_code,
            ms=round((time.perf_counter() - began) * 1000, 2),
        )
        return response


class ProblemMiddleware:
    """Turn what a plain view raises into a problem document; DRF's views do it themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the next in line."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer with the problem that the exception stands for; with a 500 if nobody foresaw it.

        Django's own page for that, under DEBUG, is HTML and tells the inside to whoever asks.
        """
        problem = problem_of(exception)
        if problem is None and not _is_for_browser(request):
            logger.error("unforeseen", path=request.path, exc_info=exception)
            got_request_exception.send(sender=type(self), request=request)
            problem = ServerError()
        return None if problem is None else answer_with(request, problem)


def _is_for_browser(request: HttpRequest) -> bool:
    return request.path.startswith(settings.BROWSER_PATHS)


class _ForBrowsers(MiddlewareMixin):
    """Do nothing outside the pages that people open in a browser: the API pays for no session and no CSRF token."""

    def __call__(self, request: HttpRequest) -> Any:
        """Run only for the browser's paths."""
        return super().__call__(request) if _is_for_browser(request) else self.get_response(request)


class BrowserSessionMiddleware(_ForBrowsers, SessionMiddleware):
    """Sessions for the admin."""


class BrowserCsrfMiddleware(_ForBrowsers, CsrfViewMiddleware):
    """CSRF tokens for the admin; the API takes no cookie, so it can't be forged across sites."""

    def process_view(self, request: HttpRequest, callback: Any, callback_args: Any, callback_kwargs: Any) -> Any:
        """Check only the browser's paths."""
        if not _is_for_browser(request):
            return None
        return super().process_view(request, callback, callback_args, callback_kwargs)


class BrowserAuthenticationMiddleware(_ForBrowsers, AuthenticationMiddleware):
    """Session users for the admin."""

    def process_view(self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
        """Ask for a log-in only where sessions are."""
        return None


class BrowserTimeMiddleware(_ForBrowsers):
    """Times of day in the admin are those of the shop's own zone."""

    def process_request(self, request: HttpRequest) -> None:
        """Begin."""
        timezone.activate(settings.SHOP_TIME_ZONE)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """End: the thread answers somebody else next."""
        timezone.deactivate()
        return response


class BrowserMessageMiddleware(_ForBrowsers, MessageMiddleware):
    """One-time messages for the admin."""
