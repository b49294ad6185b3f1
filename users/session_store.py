"""Django's database sessions, each row knowing whose it is. What a session means is in users/sessions.py."""

from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from users.models import Session


class SessionStore(DatabaseStore):
    """Keeps sessions in our own table."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Return the table."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Return the row to write, with the person who is logged in by it."""
        row = cast("Session", super().create_model_instance(data))
        row.user_id = data.get(SESSION_KEY)
        return row
