"""One page many times by one warm process: print_weasyprint.py PAGE.html OUT.pdf TIMES

Prints microseconds for each; the imports and one warming print are not counted.
"""

import sys
import time

import weasyprint


def main() -> None:
    page, out, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    weasyprint.HTML(page).write_pdf(out)
    started = time.monotonic()
    for _ in range(times):
        weasyprint.HTML(page).write_pdf(out)
    print(int((time.monotonic() - started) * 1_000_000 / times))


main()
