"""Every write of promotions, codes and limits."""

from promotions.services.limiting import LimitRequest, limits_claim, limits_give_back

__all__ = ["LimitRequest", "limits_claim", "limits_give_back"]
