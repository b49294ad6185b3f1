"""`manage.py worker`: run jobs until told to stop."""

import logging
import os
import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from events.worker import GRACE_SECONDS, Worker


class Command(BaseCommand):
    """Run a worker in this process."""

    help = "Run jobs (imports, sweeps, clean-up) until SIGTERM or Ctrl-C. Any number of workers may run at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say how many jobs at a time, and how long to wait for them at the end."""
        parser.add_argument("--threads", type=int, default=2, help="Jobs at a time (default 2).")
        parser.add_argument("--once", action="store_true", help="Run what is due now, then stop.")
        parser.add_argument(
            "--grace",
            type=float,
            default=GRACE_SECONDS,
            help="Seconds that jobs at work get when told to stop (default 10); then another worker has them.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop."""
        worker = Worker(handlers=settings.JOB_HANDLERS, periodic=settings.PERIODIC_JOBS)
        if options["once"]:
            count = worker.run_due()
            self.stdout.write(f"{count} jobs run.")
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run(threads=max(1, options["threads"]), grace_seconds=options["grace"])
        # A job that was given back may still be at work in a thread; it must not outlive its lease.
        logging.shutdown()
        self.stdout.flush()
        os._exit(0)
