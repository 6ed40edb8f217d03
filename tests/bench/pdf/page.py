"""An invoice of ours as a web page of the same words: page.py INVOICE.pdf LOGO.png OUT.html

Each line of the PDF's text (pdftotext) becomes a row of a table, what stands apart in it a cell; the
logo, the font and the paper are the same. It is for the speed of printing, not for its looks.
"""

import html
import pathlib
import re
import subprocess
import sys

STYLE = """
@page { size: A4; margin: 14mm 20mm 30mm 25mm }
body { font: 9pt "Liberation Sans"; color: #1F2933; margin: 0 }
img { width: 60mm }
table { width: 100%; border-collapse: collapse }
td { padding: 1pt 3pt } td:last-child:not(:first-child) { text-align: right }
tr:nth-child(even) { background: #EEF3F8 } td:first-child { font-weight: bold }
"""


def main() -> None:
    invoice, logo, out = sys.argv[1:]
    text = subprocess.run(["pdftotext", "-layout", invoice, "-"], check=True, capture_output=True, text=True).stdout
    rows = []
    for line in text.replace("\f", "\n").splitlines():
        cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in re.split(r" {2,}", line.strip()) if cell)
        if cells:
            rows.append(f"<tr>{cells}</tr>")
    # A table for each block of lines with the same number of cells, so that columns are columns.
    blocks, width = [], -1
    for row in rows:
        if row.count("<td>") != width:
            width = row.count("<td>")
            blocks.append("</table><table>")
        blocks.append(row)
    page = f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>' \
           f'<img src="{pathlib.Path(logo).resolve().as_uri()}"><table>{"".join(blocks)}</table>'
    pathlib.Path(out).write_text(page, encoding="utf-8")


main()
