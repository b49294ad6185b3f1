"""Pages of promotions, codes and limits. Django finds them by this package."""

from promotions.admin.limits import LimitClaimAdmin, LimitUseAdmin
from promotions.admin.promotions import CodeAdmin, PromotionAdmin, PromotionGoodsAdmin

__all__ = ["CodeAdmin", "LimitClaimAdmin", "LimitUseAdmin", "PromotionAdmin", "PromotionGoodsAdmin"]
