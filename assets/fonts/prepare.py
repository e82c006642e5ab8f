#!/usr/bin/env python3
"""Make the fonts of the window from the Debian packages.

Needs Python 3.11 and fontTools (any 4.x), and the packages fonts-inter and
fonts-jetbrains-mono:

    python3 -m venv /tmp/fonts && /tmp/fonts/bin/pip install fonttools
    /tmp/fonts/bin/python assets/fonts/prepare.py

Three changes, each because Fyne has no switch for font features:

1. Inter's digits differ in width (1: 1308 units, 4: 1808), so number columns do
   not line up. The font's own `tnum` substitution is applied to the digits in
   the character map.
2. JetBrains Mono joins `->`, `=>` and `!=` into arrows, which falsifies logs and
   commands. Its `calt` feature is emptied.
3. Only Latin, Greek, Cyrillic, punctuation, currency, arrows and math signs are
   kept.

Both fonts have no reserved font name, so the changed files keep their names
(OFL-1.1, section 3 does not apply).
"""

import pathlib

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = pathlib.Path(__file__).resolve().parent
INTER = pathlib.Path("/usr/share/fonts/opentype/inter")
MONO = pathlib.Path("/usr/share/fonts/truetype/jetbrains-mono")
RANGES = [
    (0x0020, 0x007E), (0x00A0, 0x024F), (0x02B0, 0x02FF), (0x0300, 0x036F),
    (0x0370, 0x03FF), (0x0400, 0x052F), (0x1E00, 0x1EFF), (0x2000, 0x206F),
    (0x2070, 0x209F), (0x20A0, 0x20BF), (0x2100, 0x218B), (0x2190, 0x21FF),
    (0x2200, 0x22FF), (0x2318, 0x2318), (0x2325, 0x2325), (0x21E7, 0x21E7),
    (0x2500, 0x25FF), (0x2713, 0x2717), (0xFB01, 0xFB02), (0xFFFD, 0xFFFD),
]


def keep(font: TTFont, features: list[str]) -> None:
    """Cut font down to RANGES and the named layout features."""
    options = subset.Options()
    options.layout_features = features
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.hinting = False
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[c for lo, hi in RANGES for c in range(lo, hi + 1)])
    cutter.subset(font)


def tabular_digits(font: TTFont) -> None:
    """Point the digits of the character map at the font's tabular glyphs."""
    gsub = font["GSUB"].table
    swap: dict[str, str] = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag != "tnum":
            continue
        for index in record.Feature.LookupListIndex:
            for table in gsub.LookupList.Lookup[index].SubTable:
                table = getattr(table, "ExtSubTable", table)
                swap.update(getattr(table, "mapping", {}))
    digits = [ord(c) for c in "0123456789"]
    names = dict(font.getBestCmap())
    assert all(names[d] in swap for d in digits), "no tabular digits in the font"
    for table in font["cmap"].tables:
        for d in digits:
            if d in table.cmap:
                table.cmap[d] = swap[names[d]]


def without_ligatures(font: TTFont) -> None:
    """Empty every feature that joins characters of code."""
    for record in font["GSUB"].table.FeatureList.FeatureRecord:
        if record.FeatureTag in ("calt", "liga", "dlig", "clig"):
            record.Feature.LookupListIndex = []
            record.Feature.LookupCount = 0


def licence(font: TTFont) -> str:
    """Return the copyright line a font carries, over the text of the OFL.

    The text is read from the copyright file of fonts-inter; the one of
    fonts-jetbrains-mono names only the licence of the build scripts, while the
    font file itself says OFL-1.1 in its name table (id 13), as checked here.
    """
    assert "Open Font License" in font["name"].getDebugName(13)
    text = pathlib.Path("/usr/share/doc/fonts-inter/copyright").read_text()
    body = text.split("License: OFL-1.1\n", 1)[1].split("\n\n", 1)[0]
    lines = ["" if line.strip() == "." else line[1:] for line in body.splitlines()]
    head = [font["name"].getDebugName(0), "",
            "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
            "This license is also available with a FAQ at: https://openfontlicense.org", "",
            "SIL OPEN FONT LICENSE Version 1.1 - 26 February 2007", ""]
    return "\n".join(head + lines) + "\n"


def main() -> None:
    for weight in ("Regular", "SemiBold"):
        font = TTFont(INTER / f"Inter-{weight}.otf", recalcTimestamp=False)
        tabular_digits(font)
        keep(font, ["kern", "mark", "mkmk", "ccmp", "locl"])
        font.save(HERE / f"Inter-{weight}.otf")
        (HERE / "Inter-OFL.txt").write_text(licence(font))
    font = TTFont(MONO / "JetBrainsMono-Regular.ttf", recalcTimestamp=False)
    without_ligatures(font)
    keep(font, ["mark", "mkmk", "ccmp"])
    font.save(HERE / "JetBrainsMono-Regular.ttf")
    (HERE / "JetBrainsMono-OFL.txt").write_text(licence(font))


if __name__ == "__main__":
    main()
