"""Fill an empty shop with the demo."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.ids import token
from demo.filling import ShopState, shop_fill, shop_state
from users.models import User

STAFF_EMAIL = "admin@example.com"


class Command(BaseCommand):
    """`manage.py demo`: goods, customers, orders and a first member of staff, all invented."""

    help = "Fill an empty shop with invented goods, customers and orders."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the switch with which `up` calls it at every start."""
        parser.add_argument("--if-empty", action="store_true", help="leave a shop that has something as it is")

    def handle(self, *_args: Any, if_empty: bool, **_options: Any) -> None:
        """Fill the shop, or say why not.

        Raises:
            CommandError: somebody's own data is there.
        """
        state = shop_state()
        if state is ShopState.OTHER and not if_empty:
            message = "This shop has data of its own, and the demo is for an empty one; use another database."
            raise CommandError(message)
        if state is not ShopState.EMPTY:
            if not if_empty:
                self.stdout.write("The demo is there already; nothing was changed.")
            if (
                state is ShopState.DEMO and settings.DEBUG
            ):  # A kill may have come between the goods and the member of staff.
                self._make_staff()
            return
        self._say("Demo", "making goods, pictures and orders (once) ...")
        self.stdout.flush()
        began = time.monotonic()
        filled = shop_fill()
        self._say(
            "Demo",
            f"{filled.product_count} products in {filled.variant_count} variants, {filled.picture_count} pictures, "
            f"{filled.customer_count} customers, {filled.order_count} orders ({time.monotonic() - began:.1f} s)",
        )
        self._make_staff()

    def _make_staff(self) -> None:
        """Make the first member of staff, with a password that is printed here and kept nowhere."""
        if not settings.DEBUG:
            self._say("Staff", "none was made outside development; run manage.py createsuperuser")
            return
        if User.objects.filter(is_staff=True).exists():
            return
        password = token()[:16]
        User.objects.create_superuser(STAFF_EMAIL, password, name="Shop owner")
        self._say("Staff", f"{STAFF_EMAIL}  password {password}")

    def _say(self, what: str, text: str) -> None:
        self.stdout.write(f"  {what:<10} {text}")
