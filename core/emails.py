"""E-mail addresses as keys: one address, however it is written. What mails say and where they go isn't here."""

from contextlib import suppress


def email_key(address: str) -> str:
    """Return an address in the spelling that all of its spellings share: small letters, its domain in ASCII."""
    name, at, domain = address.strip().lower().rpartition("@")
    # What is no domain that a mail could go to is known by what it says.
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{name}{at}{domain}"


def email_spellings(address: str) -> frozenset[str]:
    """Return the spellings in small letters under which one address may lie in a table, its domain in any alphabet."""
    key = email_key(address)
    name, at, domain = key.rpartition("@")
    spellings = {key, address.strip().lower()}
    with suppress(UnicodeError):
        spellings.add(f"{name}{at}{domain.encode('ascii').decode('idna')}")
    return frozenset(spellings)
