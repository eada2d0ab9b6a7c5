"""The page of MILO: build it, launch it."""

from threading import Thread

from milo_demo import pipeline
from milo_demo.ui import build, look

demo = build()

if __name__ == "__main__":
    Thread(target=pipeline.warm, daemon=True).start()  # while the page comes up
    demo.launch(**look())
