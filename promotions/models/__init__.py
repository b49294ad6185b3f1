"""Tables of promotions, of their codes, of what was used of limits, and of credit."""

from promotions.credit.models import CreditEntry as CreditEntry
from promotions.credit.models import GiftCard as GiftCard
from promotions.credit.models import StoreCredit as StoreCredit
from promotions.models.limit import LimitClaim as LimitClaim
from promotions.models.limit import LimitUse as LimitUse
from promotions.models.promotion import MAX_AT_ONCE as MAX_AT_ONCE
from promotions.models.promotion import MAX_CODE as MAX_CODE
from promotions.models.promotion import MAX_CODES as MAX_CODES
from promotions.models.promotion import Code as Code
from promotions.models.promotion import Promotion as Promotion
from promotions.models.promotion import PromotionGoods as PromotionGoods
