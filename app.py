"""The page of MILO: build it, launch it."""

from threading import Thread

from milo_demo import pipeline
from milo_demo.machine.ending import stop_when_asked
from milo_demo.ui import build, look

demo = build()

if __name__ == "__main__":
    stop_when_asked()
    demo.launch(**look(), prevent_thread_lock=True)
    Thread(target=pipeline.warm, daemon=True).start()  # the page is up already, and the first file still on its way
    demo.block_thread()
