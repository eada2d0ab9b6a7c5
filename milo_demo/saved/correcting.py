"""A result's names put right by hand, in all of its files.

Every correction starts from what was found, which is kept in a hidden folder beside it: so it can be undone, and the
same corrections in any order give the same result.
"""

import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from milo_demo.analysis import Analysis, Track
from milo_demo.corrections import Correction, found_as
from milo_demo.errors import MiloError
from milo_demo.export.files import write_files
from milo_demo.folder import FILES, MASK, MIX, RECORD, TRACKS, own
from milo_demo.instruments import RESIDUAL
from milo_demo.media import opus
from milo_demo.separation.files import add_up

FOUND = ".found"
EARS = 2


def correct(folder: Path, corrections: Sequence[Correction]) -> Analysis:
    """Let these corrections, and no others, hold in the result in `folder`: rewrite its record, tables, notes and
    tracks. What was drawn or packed of it before goes, because it is no longer true.

    Returns the corrected analysis. Raises MiloError where there is no result, or the disk has no room; then all is as
    it was.
    """
    from milo_demo.fusion.correct import correct as put_right

    kept = folder / FOUND
    Analysis.load(folder)  # or say that there is none
    work = folder / f".correcting-{secrets.token_hex(4)}"
    try:
        work.mkdir()
        if not kept.is_dir():
            _keep(folder, work / FOUND, kept)
        analysis = Analysis.load(kept)
        if corrections:
            put_right(analysis, corrections)
            os.link(kept / "video.mp4", work / "video.mp4")
            analysis.tracks = _tracks(analysis.tracks, kept, work)
            if analysis.tracks and (kept / MASK).is_file():
                _draw_mask(analysis.tracks, work)
            analysis.files = {}
            analysis.save(work, ["video.mp4", *write_files(analysis, work)])
        else:
            shutil.copytree(kept, work, copy_function=os.link, dirs_exist_ok=True)
        _put(work, folder)
    except OSError as error:
        raise MiloError("The corrected result cannot be written: make room on the disk.") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return analysis


def found(folder: Path) -> Analysis:
    """What was found, before any correction. Raises MiloError where there is no result."""
    return Analysis.load(folder / FOUND if (folder / FOUND).is_dir() else folder)


def carry(earlier: Path, folder: Path) -> None:
    """Let corrections be undone, and others be made, in a result that was made of a corrected one, with tracks of its
    own and the same corrections: what was found before them is kept there, too, with these tracks, by its names.

    earlier, folder : of the two results

    Raises MiloError where the earlier one is gone, or the disk has no room.
    """
    was, now = Analysis.load(earlier / FOUND), Analysis.load(folder)
    was.options, was.models, was.warnings, was.files = now.options, now.models, now.warnings, {}
    labels = {label: found_as(now.corrections, label) or label for label in TRACKS}
    if len({labels[track.label] for track in now.tracks}) < len(now.tracks):
        labels = {label: label for label in TRACKS}  # somebody is called what another was renamed from: both stay
    was.notes = [replace(note, label=labels[note.label]) for note in now.notes]
    was.tracks = [replace(it, label=labels[it.label], path=TRACKS[labels[it.label]]) for it in now.tracks]
    paths = {track.path: before.path for track, before in zip(now.tracks, was.tracks, strict=True)}
    work = folder / f".carrying-{secrets.token_hex(4)}"
    try:
        work.mkdir()
        for name in {"video.mp4", MIX, *paths} & set(now.files):
            os.link(folder / name, work / paths.get(name, name))
        if MASK in now.files:
            _draw_mask(was.tracks, work)
        was.save(work, ["video.mp4", *write_files(was, work)])
        work.replace(folder / FOUND)
    except OSError as error:
        raise MiloError("The corrected result cannot be written: make room on the disk.") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _keep(folder: Path, part: Path, kept: Path) -> None:
    """Keep what was found; links take no room."""
    part.mkdir()
    for name in own(folder):
        os.link(folder / name, part / name)
    part.replace(kept)


def _tracks(tracks: Sequence[Track], kept: Path, work: Path) -> list[Track]:
    """Bring the tracks' files under their labels; those with the same label become one, in the first one's place, the
    residual last."""
    labels = sorted(dict.fromkeys(track.label for track in tracks), key=lambda label: label == RESIDUAL)
    groups = [[k for k, track in enumerate(tracks) if track.label == label] for label in labels]
    joined = []
    for label, group in zip(labels, groups, strict=True):
        paths, path = [kept / tracks[k].path for k in group], TRACKS[label]
        if len(paths) == 1:
            os.link(paths[0], work / path)
        else:
            add_up(paths, work / path)
        first = max((tracks[k] for k in group), key=lambda track: track.energy)
        quality_db = first.quality_db if len(group) == 1 else None
        energy = sum(tracks[k].energy for k in group)
        joined.append(replace(first, path=path, label=label, quality_db=quality_db, energy=energy))
    if len(groups) == len(tracks) > 0:
        os.link(kept / MIX, work / MIX)
    elif tracks:
        pairs = [[EARS * k + ear for k in group] for group in groups for ear in range(EARS)]
        opus.add_up(kept / MIX, work / MIX, pairs)
    return joined


def _draw_mask(tracks: Sequence[Track], work: Path) -> None:
    """The picture of who has which place of the spectrogram, with the new names."""
    from milo_demo.separation.mask_picture import write_mask  # and with it torch, which takes seconds

    write_mask([work / track.path for track in tracks], [track.label for track in tracks], work / MASK)


def _put(work: Path, folder: Path) -> None:
    """Let the new files take the places of the old ones, the record last."""
    new = sorted(os.listdir(work), key=lambda name: name == RECORD)
    for name in new:
        os.replace(work / name, folder / name)
    for name in set(FILES) - set(new):
        (folder / name).unlink(missing_ok=True)
