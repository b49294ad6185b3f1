"""Signing up, logging in and out, and forgotten passwords. No cookie is set or read.

None of these is kept under an Idempotency-Key: the record would hold tokens, and each can be repeated as it is.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.problems import NotAuthenticated
from core.views import PersonalViewSet
from users.adapters import client_place
from users.authentication import session_of
from users.models import User
from users.selectors import account_get, rights_of, session_user
from users.serializers import (
    AcceptedOutput,
    AccountOutput,
    LoggedInOutput,
    LogInInput,
    LogOutInput,
    PasswordResetConfirmInput,
    PasswordResetInput,
    RefreshInput,
    SignUpInput,
    VerifyEmailInput,
)
from users.services import account_sign_up, email_verify, log_in, password_reset, password_reset_request
from users.sessions import LoggedIn, refresh_token_session, session_end, session_refresh, sessions_end
from users.throttling import Take, throttle_take

ACCOUNT_EXAMPLE = {
    "id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c10",
    "email": "ana@example.com",
    "is_email_verified": True,
    "name": "Ana Pérez",
    "phone": "+34912345678",
    "language": "es",
    "is_staff": False,
    "rights": [],
    "created_at": "2026-11-23T12:00:00Z",
}
LOGGED_IN_EXAMPLE = OpenApiExample(
    "Logged in",
    value={
        "user": ACCOUNT_EXAMPLE,
        "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl91c2UiOiJhY2Nlc3MifQ.c2lnbmF0dXJl",
        "refresh_token": "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl91c2UiOiJyZWZyZXNoIn0.c2lnbmF0dXJl",
        "expires_in": 900,
    },
    response_only=True,
    status_codes=["200"],
)
_PASSWORD = "three-blue-herons"  # noqa: S105 (an example in the document)
_ACCEPTED = OpenApiExample(
    "Accepted", value={"detail": "A mail is on its way."}, response_only=True, status_codes=["202"]
)


class AuthViewSet(PersonalViewSet):
    """What is open to everybody, whatever is in the Authorization header: a stale token must not bar the way."""

    authentication_classes = ()
    keyless_actions = frozenset(
        {"sign_up", "log_in", "refresh", "log_out", "password_reset", "password_reset_confirm", "verify_email"}
    )
    serializer_class = LoggedInOutput

    @extend_schema(
        operation_id="auth_signup",
        summary="Sign up",
        description="Makes an account. The answer is the same when the address has one already: its owner gets a mail "
        "instead, so that nobody can find out here who is a customer. Log in afterwards.",
        request=SignUpInput,
        responses={202: AcceptedOutput},
        examples=[
            OpenApiExample(
                "A customer",
                value={"email": "ana@example.com", "password": _PASSWORD, "name": "Ana Pérez", "language": "es"},
                request_only=True,
            ),
            _ACCEPTED,
        ],
        tags=["auth"],
    )
    def sign_up(self, request: Request) -> Response:
        """Make an account."""
        given = self.body(SignUpInput)
        throttle_take(Take("sign_up_ip", _place(request)), Take("mail_email", given["email"]))
        account_sign_up(**given)
        return _accepted("A mail is on its way to the address. If it had no account, it has one now: log in.")

    @extend_schema(
        operation_id="auth_login",
        summary="Log in",
        description="Checks an e-mail address and its password. Too many failures are a 429 with Retry-After. A cart "
        "that was filled as a guest is taken over by `POST /carts/{id}/claim` afterwards.",
        request=LogInInput,
        responses={200: LoggedInOutput},
        examples=[
            OpenApiExample("A customer", value={"email": "ana@example.com", "password": _PASSWORD}, request_only=True),
            LOGGED_IN_EXAMPLE,
        ],
        tags=["auth"],
    )
    def log_in(self, request: Request) -> Response:
        """Begin a session."""
        return logged_in_response(log_in(request._request, **self.body(LogInInput)))  # noqa: SLF001 (allauth wants it)

    @extend_schema(
        operation_id="auth_refresh",
        summary="Exchange the refresh token",
        description="Answers with the next access token and the next refresh token; the one that was sent is used up. "
        "Sending a used one again ends the whole session, since somebody else may hold a copy; within ten seconds it "
        "is only refused (409), since two tabs may have sent it at once.",
        request=RefreshInput,
        responses={200: LoggedInOutput},
        examples=[
            OpenApiExample(
                "A refresh token",
                value={"refresh_token": "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl91c2UiOiJyZWZyZXNoIn0.c2lnbmF0dXJl"},
                request_only=True,
            ),
            LOGGED_IN_EXAMPLE,
        ],
        tags=["auth"],
    )
    def refresh(self, request: Request) -> Response:
        """Rotate the tokens."""
        return logged_in_response(session_refresh(refresh_token=self.body(RefreshInput)["refresh_token"]))

    @extend_schema(
        operation_id="auth_password_reset",
        summary="Ask for a new password",
        description="Sends a mail with a key that is good for an hour and once. The answer is the same when the "
        "address has no account.",
        request=PasswordResetInput,
        responses={202: AcceptedOutput},
        examples=[OpenApiExample("An address", value={"email": "ana@example.com"}, request_only=True), _ACCEPTED],
        tags=["auth"],
    )
    def password_reset(self, request: Request) -> Response:
        """Ask for the mail."""
        email = self.body(PasswordResetInput)["email"]
        throttle_take(Take("mail_ip", _place(request)), Take("mail_email", email))
        password_reset_request(email=email)
        return _accepted("If the address has an account, a mail with a key is on its way to it.")

    @extend_schema(
        operation_id="auth_password_reset_confirm",
        summary="Set a new password by the key out of the mail",
        description="Ends every log-in of the account. Log in with the new password afterwards.",
        request=PasswordResetConfirmInput,
        responses={204: None},
        examples=[
            OpenApiExample(
                "A key", value={"key": "1a2b3c-c5f0a1-8d2e4b6f9a0c1d3e5f7a", "password": _PASSWORD}, request_only=True
            )
        ],
        tags=["auth"],
    )
    def password_reset_confirm(self, request: Request) -> Response:
        """Set the new password."""
        given = self.body(PasswordResetConfirmInput)
        throttle_take(Take("key_ip", _place(request)))
        password_reset(**given)
        return Response(status=204)

    @extend_schema(
        operation_id="auth_verify_email",
        summary="Verify an address by the key out of the mail",
        description="The same key again changes nothing.",
        request=VerifyEmailInput,
        responses={204: None},
        examples=[OpenApiExample("A key", value={"key": "MQ:1vNcXk:c2lnbmF0dXJl"}, request_only=True)],
        tags=["auth"],
    )
    def verify_email(self, request: Request) -> Response:
        """Take the address as verified."""
        given = self.body(VerifyEmailInput)
        throttle_take(Take("key_ip", _place(request)))
        email_verify(**given)
        return Response(status=204)

    @extend_schema(
        operation_id="auth_logout",
        summary="Log out",
        description="Ends the session of the refresh token in the body, or else of the access token in the header: "
        "both are worth nothing from then on. With `everywhere`, all sessions of the person end.",
        request=LogOutInput,
        responses={204: None},
        examples=[OpenApiExample("Everywhere", value={"everywhere": True}, request_only=True)],
        auth=[{"bearer": []}, {}],  # type: ignore[list-item]  # typed as names; OpenAPI wants requirement objects
        tags=["auth"],
    )
    def log_out(self, request: Request) -> Response:
        """End a session, or all of a person's."""
        given = self.body(LogOutInput)
        refresh_token = given.get("refresh_token")
        session_key = refresh_token_session(refresh_token) if refresh_token else session_of(request)
        if session_key is None:
            raise NotAuthenticated("Send the access token, or a refresh token in the body.")
        user = session_user(session_key) if given["everywhere"] else None
        session_end(session_key=session_key)
        if user is not None:
            sessions_end(user=user)
        return Response(status=204)


def logged_in_response(logged_in: LoggedIn) -> Response:
    """Answer with somebody's account and tokens."""
    tokens = logged_in.tokens
    body = {
        "user": account_body(account_get(logged_in.user.pk)),
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "expires_in": tokens.expires_in,
    }
    return Response(body)


def account_body(account: User) -> dict[str, Any]:
    """Render an account that `account_get` has loaded."""
    account.rights = sorted(rights_of(account))  # type: ignore[attr-defined]
    return dict(AccountOutput(account).data)


def _accepted(detail: str) -> Response:
    return Response({"detail": detail}, status=202)


def _place(request: Request) -> str:
    return client_place(request._request)  # noqa: SLF001 (allauth wants Django's own)
