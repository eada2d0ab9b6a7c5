"""Everything of a result that people open in other programs."""

from pathlib import Path

from milo_demo.analysis import Analysis
from milo_demo.export.archive import write_archive
from milo_demo.export.captions import write_captions
from milo_demo.export.midi import write_notes
from milo_demo.export.sheets import write_events
from milo_demo.folder import MASK, MIX


def write_files(analysis: Analysis, folder: Path) -> list[str]:
    """Write tables of events, captions, the notes and an archive of all tracks, if there are any, into the result's
    folder; the names of all these files and of the tracks, their mix and their picture, which lie there already."""
    tracks = [track.path for track in analysis.tracks]
    by_hand = analysis.corrections
    notes = write_notes(analysis.notes, analysis.tempo_bpm, folder, by_hand)
    mix = [name for name in (MIX, MASK) if tracks and (folder / name).is_file()]
    tables = [*write_events(analysis.events, folder, by_hand), *write_captions(analysis.events, folder, by_hand)]
    return [*tables, *tracks, *mix, *notes, *write_archive([*tracks, *notes], folder)]
