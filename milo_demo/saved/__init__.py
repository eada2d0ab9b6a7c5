"""What is done with a result that lies in a folder: drawn into its video, put into one file."""

from milo_demo.export.look import Look
from milo_demo.saved.draw import Wish, annotate
from milo_demo.saved.pack import pack

__all__ = ["Look", "Wish", "annotate", "pack"]
