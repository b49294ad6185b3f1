"""What somebody is about to buy: carts, lines, the quote."""
