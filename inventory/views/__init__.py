"""The endpoints of stock, for staff and machines. What shoppers learn of stock is in the catalogue and the cart."""
