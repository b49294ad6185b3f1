"""What there is of it and where: locations, stock levels, movements, reservations."""
