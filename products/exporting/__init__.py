"""Product files out: the catalogue in Shopify's columns, or whole in our own format."""
