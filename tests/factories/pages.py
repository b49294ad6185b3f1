"""What a browser would send: a page's main form, filled as the server filled it."""

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse


class _Form(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.data: dict[str, list[str]] = {}
        self._is_inside = False
        self._select: str | None = None
        self._textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "form":
            self._is_inside = names.get("id") == self.form_id
        name = names.get("name") or ""
        if not self._is_inside or "disabled" in names:
            return
        if tag == "input" and name:
            self._input(name, names)
        elif tag == "textarea":
            self._textarea = name
            self.data[name] = [""]
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in names:
            self.data.setdefault(self._select, []).append(names.get("value") or "")

    def _input(self, name: str, names: dict[str, str | None]) -> None:
        kind = names.get("type", "text")
        if kind in {"submit", "button", "file"} or (kind in {"checkbox", "radio"} and "checked" not in names):
            return
        default = "on" if kind == "checkbox" else ""
        self.data.setdefault(name, []).append(names.get("value") or default)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self.data[self._textarea][0] += data


def form_data(response: HttpResponse | Any, form_id: str) -> dict[str, Any]:
    """Return what sending a page's form unchanged would post, without the empty rows that are templates of new ones."""
    assert response.status_code == 200, response
    parser = _Form(form_id)
    parser.feed(response.content.decode())
    data = {name: values for name, values in parser.data.items() if "__prefix__" not in name}
    # A browser leaves the first line break of a textarea out.
    return {name: [value.removeprefix("\r\n").removeprefix("\n") for value in values] for name, values in data.items()}


def rows_added(data: dict[str, Any], prefix: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the data with rows added to an inline; their place is the one that the template of a row has."""
    total = int(data[f"{prefix}-TOTAL_FORMS"][0])
    added = {
        f"{prefix}-{total + place}-{name}": value
        for place, row in enumerate(rows)
        for name, value in {"position": "0", **row}.items()
    }
    return {**data, **added, f"{prefix}-TOTAL_FORMS": [str(total + len(rows))]}
