"""Makers of the few rows that tests need; each returns what it made, with defaults that are valid and plain."""
