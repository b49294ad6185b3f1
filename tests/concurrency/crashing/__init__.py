"""Web servers that are killed while buyers order, pay, send and cancel over HTTP; and what must be true afterwards."""
