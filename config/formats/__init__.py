"""How the admin writes dates; numbers and everything else are Django's."""
