"""Every write of carts."""

from cart.services.asking import answers_ask as answers_ask
from cart.services.asking import asked_first as asked_first
from cart.services.asking import offers_asking as offers_asking
from cart.services.asking import quote_asking as quote_asking
from cart.services.carts import cart_create as cart_create
from cart.services.carts import cart_delete as cart_delete
from cart.services.carts import cart_mark_ordered as cart_mark_ordered
from cart.services.carts import cart_update as cart_update
from cart.services.carts import carts_sweep as carts_sweep
from cart.services.codes import cart_code_add as cart_code_add
from cart.services.codes import cart_code_remove as cart_code_remove
from cart.services.codes import cart_gift_card_remove as cart_gift_card_remove
from cart.services.holding import cart_hold as cart_hold
from cart.services.holding import cart_hold_end as cart_hold_end
from cart.services.lines import LineWish as LineWish
from cart.services.lines import cart_line_add as cart_line_add
from cart.services.lines import cart_line_change as cart_line_change
from cart.services.lines import cart_line_remove as cart_line_remove
from cart.services.lines import cart_lines_replace as cart_lines_replace
from cart.services.merging import cart_claim as cart_claim
from cart.services.previewing import PreviewWish as PreviewWish
from cart.services.previewing import cart_preview as cart_preview
