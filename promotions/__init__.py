"""Promotions, codes, gift cards and store credit."""
