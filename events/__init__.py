"""What happened, what was asked once, what is still to do: the outbox, idempotency keys and jobs."""
