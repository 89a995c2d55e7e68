"""Runs the product's commands without starting Python for each: an emulated processor is slow.

Started by the product's own Python as its own user. Each line of input is a JSON list of words;
a child that has everything imported already runs them exactly as `tpsbox WORDS` would, and a line
of output tells its exit code and what it printed.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile

from tpsbox.cli.main import main


def run(words: list[str]) -> dict[str, object]:
    """One command, to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            code = 70
            try:
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                code = main(words)
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return {"code": os.waitstatus_to_exitcode(status), "out": texts[0], "err": texts[1]}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
