"""Money that comes in and goes back: payments and their events."""
