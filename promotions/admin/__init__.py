"""Pages of promotions, codes and limits, and of credit. Django finds them by this package."""

from promotions.admin.limits import LimitClaimAdmin, LimitUseAdmin
from promotions.admin.promotions import CodeAdmin, PromotionAdmin, PromotionGoodsAdmin
from promotions.credit.admin import CreditEntryAdmin, GiftCardAdmin, StoreCreditAdmin

__all__ = [
    "CodeAdmin",
    "CreditEntryAdmin",
    "GiftCardAdmin",
    "LimitClaimAdmin",
    "LimitUseAdmin",
    "PromotionAdmin",
    "PromotionGoodsAdmin",
    "StoreCreditAdmin",
]
