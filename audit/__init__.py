"""Whether the books add up: every counter recomputed from its ledger, by whoever asks."""
