"""`python -m tests.concurrency.crashing.start PORT APPLICATION`: become a web server that ends when the test does.

A process of its own does this, because the test has threads by then, in which nothing may run between fork and exec.
"""

import os
import sys

from runtime.management.commands.up import WEB_BACKPRESSURE, WEB_THREADS
from runtime.processes import die_with_parent

if __name__ == "__main__":
    port, application = sys.argv[1:]
    die_with_parent()  # Kept through exec.
    granian = ["-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "error", "--host", "127.0.0.1"]
    limits = ["--blocking-threads", str(WEB_THREADS), "--backpressure", str(WEB_BACKPRESSURE)]
    command = [sys.executable, *granian, *limits, "--port", port, application]
    os.execv(sys.executable, command)  # noqa: S606 (no shell is wanted)
