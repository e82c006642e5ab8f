#!/usr/bin/env python3
"""Draw the line icons of the window as filled outlines.

Needs Python 3.11, fontTools and skia-pathops:

    python3 -m venv /tmp/icons && /tmp/icons/bin/pip install fonttools skia-pathops
    /tmp/icons/bin/python assets/icons/prepare.py

Each icon is drawn here on a 24 grid with a stroke of 1.75, round ends and round
joins, and no fill. Fyne recolours only fills and does not scale stroke widths
(a 1.75 stroke stays 1.75 px thick in a 14 px icon), so the strokes are turned
into outlines once, one SVG file per icon. Marks that are solid (dots) are
written as paths after a "fill:".
"""

import pathlib

import pathops
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.svgLib.path import parse_path

HERE = pathlib.Path(__file__).resolve().parent
WIDTH = 1.75


def circle(x: float, y: float, r: float) -> str:
    return f"M{x - r} {y}A{r} {r} 0 1 1 {x + r} {y}A{r} {r} 0 1 1 {x - r} {y}Z"


def box(x: float, y: float, w: float, h: float, r: float = 2) -> str:
    return (f"M{x + r} {y}H{x + w - r}A{r} {r} 0 0 1 {x + w} {y + r}V{y + h - r}"
            f"A{r} {r} 0 0 1 {x + w - r} {y + h}H{x + r}A{r} {r} 0 0 1 {x} {y + h - r}"
            f"V{y + r}A{r} {r} 0 0 1 {x + r} {y}Z")


ICONS: dict[str, list[str]] = {
    # places
    "home": ["M4 10.6 12 4l8 6.6V19a1.2 1.2 0 0 1-1.2 1.2H5.2A1.2 1.2 0 0 1 4 19Z", "M9.6 20v-6h4.8v6"],
    "datanet": ["M4.5 6c0-1.7 3.4-3 7.5-3s7.5 1.3 7.5 3-3.4 3-7.5 3-7.5-1.3-7.5-3Z",
                "M4.5 6v12c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3V6", "M4.5 12c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3"],
    "run": ["M3 19.5h18", "M3.5 15.5 8.5 10l4 3.2L20 6", "M15.6 5.6H20.4V10.2"],
    "model": ["M12 3 20 7.4v9.2L12 21l-8-4.4V7.4Z", "M4.2 7.6 12 12l7.8-4.4", "M12 12v8.8"],
    "lineage": [circle(5, 6, 2.2), circle(5, 18, 2.2), circle(19, 12, 2.2), "M7.2 6H9c2.6 0 3.6 6 7.8 6",
                "M7.2 18H9c2.6 0 3.6-6 7.8-6"],
    "wallet": ["M18.5 7.5V5.2A1.2 1.2 0 0 0 17.3 4H5.5a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h13a2 2 0 0 0 2-2V9.5a2 2 0 0 0-2-2h-13a2 2 0 0 1-2-1.6",
               "M20.5 11.5H16a2.2 2.2 0 0 0 0 4.5h4.5"],
    "coins": ["M3 6.5C3 5.1 5.2 4 8 4s5 1.1 5 2.5S10.8 9 8 9 3 7.9 3 6.5Z", "M3 6.5v4C3 11.9 5.2 13 8 13c.6 0 1.2-.05 1.7-.15",
              "M13 6.5V9", "M11 13.5c0-1.4 2.2-2.5 5-2.5s5 1.1 5 2.5S18.8 16 16 16s-5-1.1-5-2.5Z",
              "M11 13.5v4c0 1.4 2.2 2.5 5 2.5s5-1.1 5-2.5v-4"],
    "settings": ["M3.5 7.5H13", "M18.5 7.5h2", circle(15.7, 7.5, 2.3), "M3.5 16.5h2", "M11 16.5h9.5", circle(8.3, 16.5, 2.3)],
    "help": [circle(12, 12, 9), "M9.6 9.4A2.5 2.5 0 0 1 14.5 10c0 1.7-2.5 2-2.5 3.7", "M12 17h.01"],
    # arrows
    "chevron-left": ["m14.5 6-6 6 6 6"],
    "chevron-right": ["m9.5 6 6 6-6 6"],
    "chevron-down": ["m6 9.5 6 6 6-6"],
    "chevron-up": ["m6 14.5 6-6 6 6"],
    "arrow-left": ["M19.5 12h-15", "m10.5 6-6 6 6 6"],
    "arrow-right": ["M4.5 12h15", "m13.5 6 6 6-6 6"],
    # acts
    "plus": ["M12 5v14", "M5 12h14"],
    "minus": ["M5 12h14"],
    "close": ["m6 6 12 12", "M18 6 6 18"],
    "check": ["m4.5 12.5 5 5 10-11"],
    "download": ["M12 4v11", "m7.5 10.7 4.5 4.5 4.5-4.5", "M4.5 20h15"],
    "upload": ["M12 15.5V4.5", "M7.5 9 12 4.5 16.5 9", "M4.5 20h15"],
    "play": ["M8 5.5v13l10.5-6.5Z"],
    "pause": ["M8.5 5v14", "M15.5 5v14"],
    "stop": [box(6, 6, 12, 12, 1.5)],
    "copy": [box(8.5, 8.5, 11.5, 11.5, 2), "M5.5 15.5A1.5 1.5 0 0 1 4 14V5.5A1.5 1.5 0 0 1 5.5 4H14a1.5 1.5 0 0 1 1.5 1.5"],
    "search": [circle(10.5, 10.5, 6), "m15 15 5 5"],
    "refresh": ["M19.5 12a7.5 7.5 0 1 1-2.4-5.5", "M19.8 3.8v4h-4"],
    "trash": ["M4.5 7h15", "M9.5 7V4.8A.8.8 0 0 1 10.3 4h3.4a.8.8 0 0 1 .8.8V7", "M6.3 7l.9 12a1.2 1.2 0 0 0 1.2 1h7.2a1.2 1.2 0 0 0 1.2-1l.9-12",
              "M10.2 11v5", "M13.8 11v5"],
    "edit": ["M4.5 19.5l.9-4L15.8 5.1a1.5 1.5 0 0 1 2.1 0l1 1a1.5 1.5 0 0 1 0 2.1L8.5 18.6Z", "M13.8 7.1l3.1 3.1"],
    "more": ["fill:" + circle(5.5, 12, 1.6), "fill:" + circle(12, 12, 1.6), "fill:" + circle(18.5, 12, 1.6)],
    "external": ["M13.5 4.5h6v6", "M19.5 4.5l-8.5 8.5", "M17.5 14v4.3a1.2 1.2 0 0 1-1.2 1.2H5.7a1.2 1.2 0 0 1-1.2-1.2V7.7a1.2 1.2 0 0 1 1.2-1.2H10"],
    "send": ["M20.5 3.5 10 14", "M20.5 3.5l-6.5 17-4-6.5-6.5-4Z"],
    "compare": ["M12 3.5v17", "M8.5 7h-4v10h4", "M15.5 7h4v10h-4"],
    # things
    "file": ["M13.5 3.5H7A1.5 1.5 0 0 0 5.5 5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8.5Z", "M13.3 3.7v5h5", "M9 12.7h6", "M9 16.3h6"],
    "folder": ["M3.5 18V6A1.5 1.5 0 0 1 5 4.5h4.3l2.2 2.7H19a1.5 1.5 0 0 1 1.5 1.5V18a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 18Z"],
    "chip": [box(6.5, 6.5, 11, 11, 1.8), "fill:" + box(10.3, 10.3, 3.4, 3.4, .5), "M9.5 3.5v3", "M14.5 3.5v3", "M9.5 17.5v3", "M14.5 17.5v3", "M3.5 9.5h3", "M3.5 14.5h3",
             "M17.5 9.5h3", "M17.5 14.5h3"],
    "bell": ["M6 10.5a6 6 0 0 1 12 0c0 5 1.8 6 1.8 6H4.2S6 15.5 6 10.5Z", "M10 19.8a2.2 2.2 0 0 0 4 0"],
    "people": [circle(9, 8, 3.3), "M2.8 19.5c0-3.4 2.7-5.6 6.2-5.6s6.2 2.2 6.2 5.6", "M15.8 4.9a3.3 3.3 0 0 1 0 6.2", "M17.8 14.3c2.1.8 3.4 2.7 3.4 5.2"],
    "lock": [box(5, 10.5, 14, 9.5, 1.8), "M8.2 10.5V8a3.8 3.8 0 0 1 7.6 0v2.5", "M12 14.5v1.5"],
    "unlock": [box(5, 10.5, 14, 9.5, 1.8), "M8.2 10.5V8a3.8 3.8 0 0 1 7.3-1.5", "M12 14.5v1.5"],
    "key": [circle(8, 15.5, 4), "M11 12.6 19.5 4.5", "M16 7.9l3 2.8"],
    "award": [circle(12, 9.3, 5.8), "M8.6 14l-1.6 7 5-2.6 5 2.6-1.6-7", "m9.8 9.4 1.6 1.6 2.9-3.2"],
    "globe": [circle(12, 12, 8.7), "M3.3 12h17.4", "M12 3.3c2.6 2.5 3.7 5.5 3.7 8.7s-1.1 6.2-3.7 8.7c-2.6-2.5-3.7-5.5-3.7-8.7s1.1-6.2 3.7-8.7Z"],
    "network-off": ["M4.5 4.5l15 15", "M8.3 13.8a5.3 5.3 0 0 1 2.6-1.4", "M5.3 10.7a9.3 9.3 0 0 1 3-2", "M12 7.5a9.3 9.3 0 0 1 6.7 3.2", "M12 17.8h.01"],
    "clock": [circle(12, 12, 8.7), "M12 7v5.2l3.3 1.9"],
    "info": [circle(12, 12, 8.7), "M12 11.3v5", "M12 7.8h.01"],
    "warning": ["M12 4.2 21 19.5H3Z", "M12 10v4.3", "M12 16.9h.01"],
    "error": [circle(12, 12, 8.7), "m9.2 9.2 5.6 5.6", "M14.8 9.2l-5.6 5.6"],
    "success": [circle(12, 12, 8.7), "m8 12.3 2.8 2.8 5.2-5.7"],
    "eye": ["M2.8 12S6 5.8 12 5.8 21.2 12 21.2 12 18 18.2 12 18.2 2.8 12 2.8 12Z", circle(12, 12, 2.8)],
    "eye-off": ["M4.5 4.5l15 15", "M9.7 6.1A9 9 0 0 1 12 5.8c6 0 9.2 6.2 9.2 6.2a16 16 0 0 1-2.5 3.3",
                "M6.5 7.6A15.6 15.6 0 0 0 2.8 12S6 18.2 12 18.2c1.5 0 2.9-.4 4.1-1"],
    "chat": ["M20.5 15.5a1.5 1.5 0 0 1-1.5 1.5H9l-5.5 4V5.5A1.5 1.5 0 0 1 5 4h14a1.5 1.5 0 0 1 1.5 1.5Z"],
    "disk": ["M3.5 13.5 6.3 6a1.5 1.5 0 0 1 1.4-1h8.6a1.5 1.5 0 0 1 1.4 1l2.8 7.5v4A1.5 1.5 0 0 1 19 19H5a1.5 1.5 0 0 1-1.5-1.5Z", "M3.5 13.5h17", "M7 16.3h.01",
             "M11 16.3h6"],
    # the mark of the product, drawn in two colours over one another
    "logo": ["fill:" + box(2, 2, 20, 20, 5.5)],
    "logo-m": ["M7.2 16.8V7.8l4.8 5 4.8-5v9"],
    "dot": ["fill:" + circle(12, 12, 5)],
}


def outline(parts: list[str]) -> str:
    """Return one path that covers every stroke of an icon."""
    whole = pathops.Path()
    for part in parts:
        path = pathops.Path()
        solid = part.startswith("fill:")
        parse_path(part.removeprefix("fill:"), path.getPen(glyphSet=None))
        if not solid:
            path.stroke(WIDTH, pathops.LineCap.ROUND_CAP, pathops.LineJoin.ROUND_JOIN, 4)
        path.convertConicsToQuads(0.05)
        whole = pathops.op(whole, path, pathops.PathOp.UNION, fix_winding=True)
    whole.simplify(fix_winding=True)
    whole.convertConicsToQuads(0.05)
    pen = SVGPathPen(None, ntos=lambda v: f"{v:.2f}".rstrip("0").rstrip("."))
    whole.draw(pen)
    return pen.getCommands()


def write(name: str, d: str) -> None:
    (HERE / f"{name}.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">'
        f'<path fill="#000000" d="{d}"/></svg>\n')


def main() -> None:
    for name, parts in ICONS.items():
        write(name, outline(parts))


if __name__ == "__main__":
    main()
