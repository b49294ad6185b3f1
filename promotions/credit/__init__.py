"""Money that the shop owes in goods: gift cards, store credit, and one ledger. Paying with it is orders' business."""
