"""Tax rates from files of others: reading.py knows the formats, services.py writes."""
