"""Every read of promotions: what holds for a cart, and what staff see."""

from promotions.selectors.records import code_get as code_get
from promotions.selectors.records import code_list as code_list
from promotions.selectors.records import code_of as code_of
from promotions.selectors.records import promotion_for_update as promotion_for_update
from promotions.selectors.records import promotion_get as promotion_get
from promotions.selectors.records import promotion_list as promotion_list
from promotions.selectors.standing import Entered as Entered
from promotions.selectors.standing import Standing as Standing
from promotions.selectors.standing import standing_alone as standing_alone
from promotions.selectors.standing import standing_of as standing_of
from promotions.selectors.standing import standing_promotions as standing_promotions
from promotions.selectors.standing import used_of as used_of
