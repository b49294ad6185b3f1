"""Where a sale happens: currency, countries, languages, net or gross, taxes."""
