"""Places: the codes of countries. How addresses are written there belongs to users, what is taxed there to markets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
    CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
    GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
    MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
    RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
    TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    """.split()
)
"""ISO 3166-1 alpha-2, and XK for Kosovo, which has no code of its own there but post and customers."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is sent or taxed: country and region by their codes, the postal code as `postal_code_key` has it.

    Region and postal code are blank where they aren't known.
    """

    country: str
    region: str = ""
    postal_code: str = ""

    @classmethod
    def of_address(cls, address: Mapping[str, str]) -> Place:
        """Return the place of an address."""
        return cls(address["country"], address.get("region", ""), postal_code_key(address.get("postal_code", "")))


def postal_code_key(text: str) -> str:
    """Return a postal code as codes are compared: its ASCII letters, capital, and digits, zeros at the front too."""
    return "".join(letter for letter in text.upper() if letter.isascii() and letter.isalnum())
