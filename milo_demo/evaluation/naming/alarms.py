"""False alarms of sound and picture that do not belong together: ``python -m milo_demo evaluate alarms --data DIR``.

Real clips, at the steps in which their instrument is seen, with another sound in place of their own: silence, noise, or
a solo by an instrument of another family. Whatever then says that the instrument in the picture sounds, or is played,
is wrong. Beside them the clips' own sound, which tells how much of the truth is left.

heard          : the ear
sound × object : the document's source (Liu 2018, section 4.1.3), its highest place
played         : MILO's, from the ear, the eye and the hands
"""

import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from milo_demo.evaluation.files import required
from milo_demo.evaluation.playing import annotations
from milo_demo.evaluation.playing.senses import Clip, sense
from milo_demo.evaluation.table import Printer, Table, share
from milo_demo.features.log_mel import RATE_HZ
from milo_demo.features.tempo import Onsets, Tempo
from milo_demo.fusion.record import known
from milo_demo.grid import COUNTS, STEPS_PER_S
from milo_demo.hearing import classify
from milo_demo.hearing.classify import Ear
from milo_demo.hearing.judging import judged
from milo_demo.hearing.listen import Heard
from milo_demo.instruments import BY_NAME, LABELS, label_of
from milo_demo.playing import hands
from milo_demo.playing.play import Played, play
from milo_demo.training.hearing.recordings import load, negatives

WHO = ("heard", "sound × object", "played")
NOISES, SOLOS = 3, 3
"""How many of each a clip is given, one after the other."""

Sound = NDArray[np.float32]


def evaluate(data: Path) -> Table:
    """Measure; print and return what is found. Takes some minutes.

    data : folder with clips and recordings

    Raises MiloError where the data or a checkpoint is missing.
    """
    data, printer = Path(data), Printer(WHO)
    required(data / "clips", "*.*", "clips")
    ear, finder = classify.load(tags=False), hands.load()
    found: dict[str, dict[str, list[bool]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for marked in annotations.ours():
            path = data / "clips" / marked.name
            if path.is_file():
                _add(found, sense(path, Path(folder), finder), marked.label, data, ear)
    printer.show({kind: {who: share(said[who]) for who in WHO} for kind, said in found.items()})
    return printer.table


def _add(found: dict[str, dict[str, list[bool]]], clip: Clip, label: str, data: Path, ear: Ear) -> None:
    """Ask of one clip, under its own sound and others."""
    place = LABELS.index(label)
    seen = clip.seen.maps[:, place].max(axis=(1, 2))
    shown = seen >= COUNTS
    if not shown.any():
        return
    for kind, heard in _sounds(clip, label, data, ear):
        alone = heard.instruments[:, place].astype(np.float32)
        played = clip.played if heard is clip.heard else _done(play(clip.witness, known(heard, clip.seen), clip.media))
        scores = np.zeros_like(seen) if played.scores is None else played.scores[:, place]
        for who, said in zip(WHO, (alone, alone * seen, scores), strict=True):
            found.setdefault(kind, {}).setdefault(who, []).extend((said[shown] >= COUNTS).tolist())


def _sounds(clip: Clip, label: str, data: Path, ear: Ear) -> Iterator[tuple[str, Heard]]:
    if clip.heard is not None:
        yield "its own sound", clip.heard
    steps = len(clip.seen.maps)
    length = int(steps / STEPS_PER_S * RATE_HZ)
    yield "silence", _heard(np.zeros(length, np.float32), steps, ear)
    noises = [path for path, split in negatives(data / "recordings") if split == "evaluation"]
    family = BY_NAME[label].family
    solos = [
        path
        for path in required(data / "recordings" / "phrases_val", "*.ogg", "recordings")
        if (name := label_of(path.stem, "phrases")) is not None and BY_NAME[name].family != family
    ]
    rng = np.random.default_rng(LABELS.index(label))
    for kind, files, count in (("noise or speech", noises, NOISES), ("another instrument", solos, SOLOS)):
        for number in rng.permutation(len(files))[:count]:
            yield kind, _heard(np.resize(load(files[number]), length), steps, ear)


def _heard(sound: Sound, steps: int, ear: Ear) -> Heard:
    onsets = Onsets()
    blocks = zip(*classify.hear(onsets.tap([sound]), ear), strict=True)
    scores = classify.Scores(*(np.concatenate(part) for part in blocks))
    named, families = (
        np.pad(part[:steps], [(0, max(0, steps - len(part))), (0, 0)]).astype(np.float16)
        for part in (judged(scores), scores.families)
    )
    nothing = np.zeros((steps, 0), np.float16)
    tempo = Tempo(np.full(steps, np.nan, np.float32), ())
    return Heard(named, nothing, tempo, None, (), onsets.padded(steps), families)


def _done(work: Generator[float, None, Played]) -> Played:
    try:
        while True:
            next(work)
    except StopIteration as end:
        return end.value
