"""Proof under fire: real threads, real transactions. Each promise has a control run in which it is broken."""
