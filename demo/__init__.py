"""The demo shop: its content, its drawn pictures, and the command that fills an empty shop with them."""
