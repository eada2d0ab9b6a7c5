"""MILO: who plays what, when and where in a music video.

from milo_demo import AnalysisOptions, analyse
analysis = analyse("duet.mov", AnalysisOptions(duration_s=20), out="result")

Names are imported when they are first used: `import milo_demo` costs nothing, and what needs no network starts at once.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

from milo_demo import machine

if TYPE_CHECKING:
    from milo_demo.analysis import Analysis
    from milo_demo.errors import MiloError
    from milo_demo.options import AnalysisOptions
    from milo_demo.pipeline import analyse
    from milo_demo.programs.functions import separate
    from milo_demo.saved import explain_frame

machine.give_the_user_a_name_and_a_home()

# A busy-waiting OpenMP pool costs a factor of up to 60 as soon as one core is busy with something else. It is read when
# torch is first imported, so it has to be set before.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

__version__ = "0.1.0"
__all__ = ["Analysis", "AnalysisOptions", "MiloError", "analyse", "explain_frame", "separate"]

_HOMES = {
    "Analysis": "milo_demo.analysis",
    "AnalysisOptions": "milo_demo.options",
    "MiloError": "milo_demo.errors",
    "analyse": "milo_demo.pipeline",
    "explain_frame": "milo_demo.saved",
    "separate": "milo_demo.programs.functions",
}


def __getattr__(name: str) -> object:
    """A public name's home, imported with its first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
