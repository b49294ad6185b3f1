"""Pages of promotions, codes and limits. Django finds them by this package."""

from promotions.admin.limits import LimitClaimAdmin, LimitUseAdmin

__all__ = ["LimitClaimAdmin", "LimitUseAdmin"]
