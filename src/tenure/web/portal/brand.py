"""The company's own colour as tokens of the stylesheet, moved until words in it can be read in light and in dark."""

from __future__ import annotations

import colorsys

Rgb = tuple[float, float, float]
READABLE = 4.6  # to 1, against paper, sheet and well alike
LIGHT, DARK = "#f3f0eb", "#26221f"  # the darkest of the light grounds, the lightest of the dark ones
STEP = 0.01


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(colour: Rgb) -> str:
    return "#" + "".join(f"{round(min(max(part, 0), 1) * 255):02x}" for part in colour)


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1, as WCAG 2 defines it."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, ground: str) -> str:
    """The colour, darker or lighter until it can be read on a ground; its hue stays."""
    hue, light, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    step = -STEP if luminance(ground) > 0.4 else STEP
    while contrast(_hex(colorsys.hls_to_rgb(hue, light, saturation)), ground) < READABLE and 0 < light < 1:
        light = min(max(light + step, 0), 1)
    return _hex(colorsys.hls_to_rgb(hue, light, saturation))


def stylesheet(accent: str | None) -> str:
    """Tokens that take the place of our own accent; nothing for a company that names no colour."""
    if accent is None:
        return ""
    on_paper, on_dark = readable(accent, LIGHT), readable(accent, DARK)
    fill = readable(accent, "#ffffff")
    wash = f"color-mix(in oklab, {on_paper} 8%, white)", f"color-mix(in oklab, {on_dark} 14%, #1d1a18)"
    return (
        ":root {\n"
        f"  --accent: light-dark({on_paper}, {on_dark});\n"
        f"  --accent-wash: light-dark({wash[0]}, {wash[1]});\n"
        f"  --fill: {fill};\n"
        f"  --fill-hover: color-mix(in oklab, {fill} 88%, black);\n"
        "  --on-fill: #ffffff;\n"
        "}\n"
    )
