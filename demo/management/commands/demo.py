"""Fill an empty shop with the demo."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.ids import token
from demo.filling import ShopBusy, ShopState, shop_fill, shop_state
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
            CommandError: somebody's own data is there, or another process fills the shop now.
        """
        state = shop_state()
        if state is ShopState.OTHER and not if_empty:
            raise CommandError("This shop has data of its own, and the demo is for an empty one; use another database.")
        if state is ShopState.EMPTY:
            self._fill(if_empty=if_empty)
        elif not if_empty:
            self.stdout.write("The demo is there already; nothing was changed.")
        # Also after a start that was killed between the goods and this.
        if settings.DEBUG and shop_state() is ShopState.DEMO:
            self._make_staff()

    def _fill(self, *, if_empty: bool) -> None:
        began = time.monotonic()
        try:
            filled = shop_fill(begin=self._say_begun)
        except ShopBusy as error:
            if if_empty:
                return
            raise CommandError("Another process is filling this shop at this moment.") from error
        if filled is None:
            return
        self._say(
            "Demo",
            f"{filled.product_count} products in {filled.variant_count} variants, {filled.picture_count} pictures, "
            f"{filled.customer_count} customers, {filled.order_count} orders ({time.monotonic() - began:.1f} s)",
        )
        if not settings.DEBUG:
            self._say("Staff", "none was made outside development; run manage.py createsuperuser")

    def _say_begun(self) -> None:
        self._say("Demo", "making goods, pictures and orders (once) ...")
        self.stdout.flush()

    def _make_staff(self) -> None:
        """Make the first member of staff, with a password that is printed here and kept nowhere."""
        if User.objects.filter(is_staff=True).exists():
            return
        password = token()[:16]
        User.objects.create_superuser(STAFF_EMAIL, password, name="Shop owner")
        self._say("Staff", f"{STAFF_EMAIL}  password {password}")

    def _say(self, what: str, text: str) -> None:
        self.stdout.write(f"  {what:<10} {text}")
