"""A real shop's invoices, fed through the services as if the shop had been ours."""
