"""Makes the files of hw/made: `python -m tpshw` all, `--tables` those that need no CAD library."""

from __future__ import annotations

import sys

from tpshw import made
from tpshw.tables import HERE


def main(arguments: list[str]) -> int:
    """Write the files; returns the exit code."""
    if arguments not in ([], ["--tables"]):
        print("drawings: give nothing, or --tables", file=sys.stderr)
        return 2
    made.MADE.mkdir(exist_ok=True)
    for path, body in made.quick().items():
        path.write_bytes(body)
        print(path.relative_to(HERE.parent))
    if not arguments:
        from tpshw.drawings import draw

        for path in draw():
            print(path.relative_to(HERE.parent))
    return 0


sys.exit(main(sys.argv[1:]))
