"""What was sold: orders, lines, adjustments, fulfilments, history."""
