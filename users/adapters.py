"""What allauth asks of the shop while somebody logs in: where they come from, and how mails go out."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.httpkit import get_client_ip
from allauth.core.internal.ratelimit import truncate_ip
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse

NOWHERE = "0.0.0.0"  # noqa: S104 (stands for a caller without an address, such as a Unix socket or the shell)


class AccountAdapter(DefaultAccountAdapter):
    """Sends nothing by itself: mails are jobs, written in the transaction of what they tell of (users/services)."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the caller's address."""
        return client_ip(request)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """Leave the answer, and the tokens in it, to the endpoint."""
        return HttpResponse()

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:  # noqa: FBT001
        """Leave the verification mail to the log-in service, which also counts how many were asked for."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Refuse to send within a request: a slow mail server would hold the answer, and time would tell secrets."""
        raise NotImplementedError(template_prefix)


def client_place(request: HttpRequest | None) -> str:
    """Return whose tries are counted together: the address, or the network of an IPv6 one, of which a home has 2^64."""
    return str(truncate_ip(client_ip(request)))


def client_ip(request: HttpRequest | None) -> str:
    """Return the caller's address, behind as many proxies as the settings trust."""
    return (get_client_ip(request) if request is not None else None) or NOWHERE
