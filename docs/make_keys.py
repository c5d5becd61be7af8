"""Write ``docs/keys.md``: the keys for correcting a mask, from the table that binds them.

python docs/make_keys.py            # rewrite the page
python docs/make_keys.py --check    # say whether it is up to date
"""

from __future__ import annotations

import sys
from pathlib import Path

from napari.utils.shortcuts import default_shortcuts

from napari_brainseg.gui.domain.shortcuts import TOOLS, key_table

PAGE = Path(__file__).with_name("keys.md")
HEAD = """# Keys for correcting a mask

Bound while the panel *Segment* is open; none of them is one of napari's own. The panel shows this page with the keys as you have set them: press F1. Made by `python docs/make_keys.py`.
"""  # noqa: E501  (lines of the page are paragraphs)


def page() -> str:
    """Make the page."""
    parts = [HEAD]
    for title, rows in key_table(default_shortcuts).items():
        lines = [f"| {_code(keys)} | {what} |" for keys, what in rows]
        parts.append("\n".join([f"## {title}\n", "| key | |", "|---|---|", *lines]) + "\n")
    without = [f"**{tool.label}**: {tool.tip}." for tool in TOOLS if not tool.key]
    parts.append("Without a key: " + " ".join(without) + "\n")
    return "\n".join(parts)


def _code(keys: str) -> str:
    return " or ".join(f"`{key}`" for key in keys.split(" or "))


def main() -> None:
    """Write or check."""
    text = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text:
        raise SystemExit("docs/keys.md is out of date: run python docs/make_keys.py")


if __name__ == "__main__":
    main()
