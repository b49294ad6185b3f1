"""Every write of promotions, codes and limits."""

from promotions.services.claiming import claims_of
from promotions.services.codes import Batch, code_create, code_delete, codes_generate
from promotions.services.limiting import LimitRequest, limits_claim, limits_give_back
from promotions.services.promotions import promotion_create, promotion_delete, promotion_update

__all__ = [
    "Batch",
    "LimitRequest",
    "claims_of",
    "code_create",
    "code_delete",
    "codes_generate",
    "limits_claim",
    "limits_give_back",
    "promotion_create",
    "promotion_delete",
    "promotion_update",
]
