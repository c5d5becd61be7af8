"""Colours of texts, taken from napari's theme and readable on it."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

__all__ = ["FLOOR", "Tone", "contrast_ratio", "readable", "tone_style"]

RGB: TypeAlias = tuple[float, float, float]
"""Red, green and blue in [0, 1]."""

FLOOR = 4.5
"""Smallest contrast between a text and what it stands on (WCAG 2.2, level AA)."""

QUIET_SIZE = "11px"


class Tone(Enum):
    """How loudly a text speaks."""

    PLAIN = "plain"
    QUIET = "quiet"
    ATTENTION = "attention"


def tone_style(tone: Tone, theme: str) -> str:
    """Return the style sheet of a text in one of napari's themes.

    Parameters
    ----------
    tone : Tone
        How loudly the text speaks.
    theme : str
        Name of the theme, e.g. ``dark``.
    """
    from napari.utils.theme import get_theme

    if tone is Tone.PLAIN:
        return ""
    colors = get_theme(theme)
    ground, text, warning = (
        _rgb(color) for color in (colors.background, colors.text, colors.warning)
    )
    if tone is Tone.ATTENTION:
        return f"color: {_hex(readable(warning, ground, text))}"
    faint = readable(_mix(text, ground, 0.5), ground, text)
    return f"color: {_hex(faint)}; font-size: {QUIET_SIZE}"


def readable(color: RGB, ground: RGB, text: RGB, floor: float = FLOOR) -> RGB:
    """Mix a colour with that of the text, as little as makes it readable.

    Parameters
    ----------
    color, ground, text : tuple of float
        The colour wanted, what it stands on, and what all texts are written in; RGB in [0, 1].
    floor : float
        Smallest contrast allowed.

    Returns
    -------
    tuple of float
        ``color`` itself where its contrast is high enough, at worst ``text``.
    """
    steps = 20
    mixed = (_mix(color, text, step / steps) for step in range(steps + 1))
    return next((each for each in mixed if contrast_ratio(each, ground) >= floor), text)


def contrast_ratio(one: RGB, other: RGB) -> float:
    """Compute the contrast of two colours by WCAG 2.2: from 1, the same, to 21, black on white."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: RGB) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mix(one: RGB, other: RGB, share: float) -> RGB:
    red, green, blue = (a + share * (b - a) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _rgb(color: object) -> RGB:
    """Read a colour of a theme, which is a pydantic one."""
    red, green, blue = color.as_rgb_tuple(alpha=False)  # type: ignore[attr-defined]
    return red / 255, green / 255, blue / 255


def _hex(color: RGB) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in color)
