"""People and machines that call: accounts, addresses, roles, API keys."""
