"""DTOs of stock: what comes in and what goes out. Who may send or see them is asked by the views."""
