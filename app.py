"""The page of MILO: build it, launch it."""

from milo_demo.ui import build, look

demo = build()

if __name__ == "__main__":
    demo.launch(**look())
