"""The command line, again and again in one process: each line of its input is a command's arguments in JSON, each line
of its output what came of it; the first one, that all networks are loaded. Run as a script by `files`."""

import json
import os
import sys
import tempfile
import traceback
from importlib import import_module

from milo_demo import pipeline


def serve() -> None:
    """Until the input ends. What a command writes to the two streams, also below Python, is told."""
    main = import_module("milo_demo.__main__").main
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as printed:
        os.dup2(said.fileno(), 2)
        os.dup2(printed.fileno(), 1)
        pipeline.warm()
        print(json.dumps({"code": 0}), file=answers, flush=True)
        for line in sys.stdin:
            for stream in (said, printed):
                stream.seek(0)
                stream.truncate()
            try:
                code = main(json.loads(line))
            except SystemExit as end:  # argparse
                code = end.code
            except BaseException:
                code = None
                traceback.print_exc()
            sys.stderr.flush()
            sys.stdout.flush()
            said.seek(0)
            print(json.dumps({"code": code, "said": said.read().decode(errors="replace")}), file=answers, flush=True)


if __name__ == "__main__":
    serve()
