"""Sound × Object: where the sounding instruments are (Liu 2018, section 4.1.3)."""

import numpy as np
from numpy.typing import NDArray


def sound_times_object(sound: NDArray, object_maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Point-wise product of what is heard and where it is seen, the strongest label at every place.

    sound       : (time, label), 0-1
    object_maps : (time, label, row, column), 0-1

    Returns (time, row, column), 0-1: bright where an instrument is seen whose sound is heard at that moment.
    """
    steps, _, rows, columns = object_maps.shape
    product = np.zeros((steps, rows, columns), np.float32)
    for t in range(steps):  # one step at a time: a long clip's maps are the largest thing in memory, once is enough
        product[t] = (sound[t].astype(np.float32)[:, None, None] * object_maps[t]).max(axis=0, initial=0)
    return product
