"""The long view: what plays in a clip is mostly fixed, so its names are judged by all of it.

Where one family at most is heard, somebody plays alone, and the names that the wider vocabulary believes less are
lowered: an instrument that MILO was not taught is mostly alone when it is taken for a neighbour. Where that vocabulary
is sure of such an instrument, and whatever sounds is of one kind, a mandolin that is heard as a guitar and a violin,
our names are left what it leaves. Else, where several families sound, every name is in doubt by the others, and they
stay as they are: to lower them costs half of the players of ensembles.
"""

import numpy as np
from numpy.typing import NDArray

from milo_demo.grid import COUNTS, pool
from milo_demo.hearing.classify import Scores
from milo_demo.instruments import FAMILIES, KIND_OF
from milo_demo.outside import OUTSIDERS

NARROW = [place for place, family in enumerate(FAMILIES) if family not in KIND_OF.values()]
BROAD = [place for place, family in enumerate(FAMILIES) if family not in KIND_OF]


def judged(scores: Scores) -> NDArray[np.float32]:
    """What is heard in a clip (step, label), 0-1, its names judged by all of the clip.

    scores : of the whole clip; without `names`, `families` and `others` nothing is judged
    """
    if not scores.names.size:
        return scores.instruments
    heard, most = pool(scores.instruments), pool(scores.names)
    sounds, strange = pool(scores.families) >= COUNTS, pool(scores.others)[: len(OUTSIDERS)].max(initial=0)
    if strange >= COUNTS and sounds[BROAD].sum() <= 1:
        most = np.minimum(most, 1 - strange)
    elif sounds[NARROW].sum() > 1:
        return scores.instruments
    return scores.instruments * np.minimum(1, most / np.maximum(heard, 1e-6))
