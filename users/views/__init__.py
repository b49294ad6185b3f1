"""The endpoints of people: log-in (auth), the caller's own things (me), and what staff see and manage (staff)."""
