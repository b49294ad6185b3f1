"""How it gets there: zones and methods."""
