"""The page of MILO: build it, launch it. ``python app.py --collection DIR`` shows a collection beside it, and
``--mcp`` lets language models call what other programs may."""

import argparse
import sys
from pathlib import Path
from threading import Thread

from milo_demo import pipeline
from milo_demo.errors import MiloError
from milo_demo.machine.ending import stop_when_asked
from milo_demo.ui import build, look


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Launch the page of MILO.")
    parser.add_argument(
        "--collection", type=Path, metavar="DIR", help="show what `batch` has made, to be looked through"
    )
    parser.add_argument("--mcp", action="store_true", help="let language models call MILO's functions, too")
    return parser.parse_args()


options = asked() if __name__ == "__main__" else argparse.Namespace(collection=None, mcp=False)
try:
    looks = look(options.mcp)
    demo = build(options.collection)
except MiloError as error:
    print(error, file=sys.stderr)
    sys.exit(2)

if __name__ == "__main__":
    stop_when_asked()
    demo.launch(**looks, prevent_thread_lock=True)
    Thread(target=pipeline.warm, daemon=True).start()  # the page is up already, and the first file still on its way
    demo.block_thread()
