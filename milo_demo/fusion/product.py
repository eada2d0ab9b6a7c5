"""Where the sounding instruments are: Sound × Object (Liu 2018, section 4.1.3), and names of sounds times names of
places (Seethanaboyina 2019, section 3.5)."""

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


def sources(sound: NDArray, places: NDArray) -> NDArray[np.float32]:
    """Which pixels make the sound: at every step the dot product of what the source localiser calls the sound and what
    it calls each place. That both are but background, the last of the names, lights nothing up.

    sound  : (time, name), 0-1
    places : (time, name, row, column), 0-1

    Returns (time, row, column), 0-1.
    """
    names = slice(0, -1)
    return np.einsum("tn,tnhw->thw", sound[:, names], places[:, names], dtype=np.float32)
