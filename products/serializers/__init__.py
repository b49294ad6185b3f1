"""DTOs of the catalogue: what comes in and what goes out."""
