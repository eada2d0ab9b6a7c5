"""MILO: who plays what, when and where in a music video.

from milo_demo import AnalysisOptions, analyse
analysis = analyse("duet.mov", AnalysisOptions(duration_s=20), out="result")
"""

import os

# A busy-waiting OpenMP pool costs a factor of up to 60 as soon as one core is busy with something else. It is read when
# torch is first imported, so it has to be set before.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

from milo_demo.analysis import Analysis
from milo_demo.errors import MiloError
from milo_demo.pipeline import AnalysisOptions, analyse

__all__ = ["Analysis", "AnalysisOptions", "MiloError", "analyse"]
