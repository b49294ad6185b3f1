"""Descriptions as HTML that can be shown on any page: what is allowed stays, the rest goes. No other text is HTML.

Those of products and their translations, of categories and of collections.
"""

import nh3

_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "div", "dl", "dt", "em"),
    *("figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "mark", "ol", "p"),
    *("pre", "q", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr"),
    *("u", "ul"),
}
_ATTRIBUTES = {
    "*": {"title", "lang", "dir"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "col": {"span"},
    "colgroup": {"span"},
    "ol": {"start"},
}
_CLEANER = nh3.Cleaner(tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto", "tel"})


def clean_html(text: str) -> str:
    """Return the text without scripts, styles, handlers and whatever else isn't known to be harmless.

    Cleaning what is clean changes nothing.
    """
    if "<" not in text and "&" not in text and ">" not in text:
        return text.strip()
    return str(_CLEANER.clean(text)).strip()
