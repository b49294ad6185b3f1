"""What is sold: categories, products, variants, prices, media, collections."""
