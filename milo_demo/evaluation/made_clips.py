"""A run over clips that take no time: all of it is the product's own but the analysis, whose result is made up.

It imports little, since every worker imports it.
"""

from pathlib import Path

import numpy as np

from milo_demo.analysis import Analysis, Box, Event, Media, Note
from milo_demo.collection import batch, clip, local
from milo_demo.collection.clip import Outcome, Task
from milo_demo.collection.rows import legible
from milo_demo.collection.tables import Rows
from milo_demo.instruments import LABELS
from milo_demo.maps import Maps
from milo_demo.options import AnalysisOptions

WORKERS = 2
PART_CLIPS = 20
"""So that a kill comes between a clip and its part, too."""
EVENTS, BOXES, NOTES = 20, 60, 100
"""Made up for each clip: about as many as in 20 s."""
CLIP_S = 20.0
VECTOR = 512
"""Numbers of an embedding."""


def drive(clips: Path, out: Path) -> None:
    """The run itself, in a process that can be killed."""
    real = local.run
    local.run = lambda tasks, workers: real(tasks, workers, made)
    batch.PART_CLIPS = PART_CLIPS
    batch.batch(sorted(clips.iterdir()), out, AnalysisOptions(), workers=WORKERS)


def made(task: Task) -> Outcome:
    """In place of `clip.work`: all of it but the analysis."""
    clip._analyse = _made_up
    return clip.work(task)


def _made_up(task: Task, part: Path, note: clip.Note) -> Rows:
    random = np.random.default_rng(int(note.sha256[:8], 16))
    media = Media(legible(Path(task.source).name), CLIP_S, 640, 360, 25.0, has_video=True, has_audio=True)
    analysis = Analysis(media, Maps.empty(4), task.options)
    spans = np.sort(random.uniform(0, CLIP_S, (EVENTS + NOTES, 2))).round(3).tolist()
    labels = random.choice(LABELS, EVENTS + NOTES + BOXES).tolist()
    analysis.events = [
        Event("heard", label, "", start_s, end_s, 0.9)
        for label, (start_s, end_s) in zip(labels, spans[:EVENTS], strict=False)
    ]
    analysis.notes = [
        Note(label, start_s, end_s, 60, 0.0, 0.9)
        for label, (start_s, end_s) in zip(labels[EVENTS:], spans[EVENTS:], strict=False)
    ]
    analysis.boxes = [Box(0.0, label, 0.9, 1, 0.1, 0.1, 0.5, 0.5) for label in labels[-BOXES:]]
    part.mkdir()
    analysis.save(part)
    vector = random.standard_normal(VECTOR).astype(np.float32)
    np.save(part / clip.VECTOR, vector)
    return clip.of_analysis(analysis, note.clip_id, vector)
