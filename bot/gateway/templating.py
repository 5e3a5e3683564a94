"""The templates of the patients' pages, and the headers that such a page carries."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi.templating import Jinja2Templates

templates = Jinja2Templates(Path(__file__).parent / "templates")
templates.env.filters["tel"] = lambda number: re.sub(r"[^\d+*#]", "", number)  # as the address of a link has it


def headers(ancestors: str) -> dict[str, str]:
    """The headers of a page that only `ancestors` may show in a frame, and that loads nothing from elsewhere."""
    return {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}",
        "Referrer-Policy": "same-origin",
    }


SECURITY_HEADERS = headers("'none'")
