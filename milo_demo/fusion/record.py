"""Into the record: what ear and eye say, each alone and both together, and what was separated by it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from milo_demo import weights
from milo_demo.analysis import Analysis, Box, FamilyScore, OtherSight, OtherSound, TagScore, TempoCandidate
from milo_demo.features.tempo import overall_bpm
from milo_demo.fusion.atlas import places
from milo_demo.fusion.events import events
from milo_demo.fusion.product import sound_times_object
from milo_demo.fusion.verdict import verdict
from milo_demo.grid import COUNTS, pool
from milo_demo.hearing.listen import Heard
from milo_demo.instruments import FAMILIES, LABELS
from milo_demo.media import sphere
from milo_demo.outside import LOOKS, OTHERS, OUTSIDERS
from milo_demo.playing.play import Known, Played
from milo_demo.seeing.watch import Seen
from milo_demo.seeing.words import Sought
from milo_demo.separation.separated import Separated
from milo_demo.tags import GROUP_OF, TAGS


def record(
    analysis: Analysis,
    heard: Heard | None,
    seen: Seen | None,
    played: Played | None = None,
    sought: Sought | None = None,
) -> None:
    """Write into the analysis all that is known so far; a sense that has not been asked yet, or has nothing to go by,
    is None.

    sought : what was looked for in words of the user's own

    See also `hearing.listen`, `seeing.watch` and `playing.play`, which know it.
    """
    maps, duration_s, threshold = analysis.maps, analysis.media.duration_s, analysis.options.threshold
    analysis.models, analysis.events = [], []
    ear = eye = None
    if heard is not None:
        maps.sound, maps.tags, maps.tag_labels, maps.tempo_bpm = heard.instruments, heard.tags, TAGS, heard.tempo.bpm
        scores, tags = heard.instruments.astype(np.float32), heard.tags.astype(np.float32)
        ear, sounding = pool(scores), np.any(scores, axis=1)
        analysis.models += heard.models
        analysis.tags = _ranked(pool(tags))
        analysis.tempo_bpm = overall_bpm(heard.tempo.bpm)
        analysis.tempo_candidates = [TempoCandidate(*candidate) for candidate in heard.tempo.candidates]
        analysis.events += events("heard", scores, threshold, duration_s)
        analysis.events += events("tag", tags, threshold, duration_s, GROUP_OF)
        _record_beyond(analysis, heard)
        maps.heard_features = _mean(heard.features[sounding[: len(heard.features)]])
        if heard.features.size and not maps.heard_places.size:
            maps.heard_places = places(heard.features, sounding, weights.load("atlas").module.heard)
    if seen is not None:
        maps.object, analysis.boxes = seen.maps, _boxes(seen, played, analysis)
        by_step = analysis.seen()
        eye = pool(by_step)
        maps.seen_features = _mean(seen.features)
        if seen.features.size and not maps.seen_places.size:
            maps.seen_places = _pictured(seen, len(maps.time_s))
        analysis.models += seen.models
        strange = sorted(zip(LOOKS, pool(seen.others).tolist(), strict=True), key=lambda row: -row[1])
        analysis.other_sights = [OtherSight(name, score) for name, score in strange]
        analysis.events += events("seen", by_step, threshold, duration_s)
    if heard is not None and seen is not None:
        maps.source = sound_times_object(maps.sound, maps.object)
    if played is not None:
        maps.action, maps.movement, maps.hands = played.maps, played.movement, _hands(played, maps.time_s)
        analysis.models += played.models
        if played.scores is not None:
            maps.played = played.scores.astype(np.float16)
            analysis.events += events("played", played.scores, threshold, duration_s)
    if sought is not None:
        analysis.words = sought.boxes
        analysis.models += sought.models
        analysis.events += events("word", sought.scores, threshold, duration_s, dict.fromkeys(sought.words, "Word"))
    if maps.heard_places.size or maps.seen_places.size:
        analysis.models.append(weights.load("atlas").used)
    hand = None if played is None or played.scores is None else pool(played.scores)
    moved = None if played is None else pool(played.moved)
    directions = heard.directions if heard else None
    analysis.clip = verdict(ear, eye, seen.labels if seen else (), directions, hand, moved)


def record_tracks(analysis: Analysis, separated: Separated) -> None:
    """Write into the analysis what was separated.

    See also `separation.separate`, which knows it.
    """
    analysis.tracks, analysis.notes = list(separated.tracks), list(separated.notes)
    analysis.models += (used for used in separated.models if used not in analysis.models)  # the ear asks one, too
    analysis.warnings += separated.warnings


def _mean(features: NDArray[np.float16]) -> NDArray[np.float16]:
    """(step, n) -> (n,); empty without steps."""
    return features.mean(axis=0, dtype=np.float32).astype(np.float16) if len(features) else np.zeros(0, np.float16)


def _pictured(seen: Seen, steps: int) -> NDArray[np.float16]:
    """Places of all steps of the clip; nan where there is no picture."""
    own = places(seen.features, np.ones(len(seen.features), bool), weights.load("atlas").module.seen)
    after = steps - seen.first - len(own)
    return np.pad(own, [(seen.first, after), (0, 0)], constant_values=np.nan)


def _record_beyond(analysis: Analysis, heard: Heard) -> None:
    """What is heard of families, whichever instrument it is, and outside the taxonomy."""
    analysis.maps.families, analysis.maps.others = heard.families, heard.others
    families, others = (pool(scores.astype(np.float32)) for scores in (heard.families, heard.others))
    ranked = sorted(zip(FAMILIES, families.tolist(), strict=False), key=lambda row: -row[1])
    analysis.families = [FamilyScore(family, score) for family, score in ranked]
    ranked = sorted(zip(OTHERS, others.tolist(), strict=False), key=lambda row: -row[1])
    analysis.others = [OtherSound(name, score) for name, score in ranked]
    if heard.others.size:
        groups = {name: "Instrument" if name in OUTSIDERS else "Everyday" for name in OTHERS}
        scores = heard.others.astype(np.float32)
        analysis.events += events(
            "other", scores, max(COUNTS, analysis.options.threshold), analysis.media.duration_s, groups
        )


def known(heard: Heard | None, seen: Seen) -> Known:
    """What the ear and the eye say, for who wants to know who plays."""
    visible = [LABELS.index(label) for label in seen.labels]
    if heard is None:
        return Known(None, None, None, seen.maps, seen.boxes, visible, seen.cuts, seen.first)
    names = heard.instruments.astype(np.float32)
    sounds = _surest_but_voice(names, LABELS)
    if heard.families.size:
        sounds = np.maximum(sounds, _surest_but_voice(heard.families.astype(np.float32), FAMILIES))
    return Known(names, sounds, heard.onsets, seen.maps, seen.boxes, visible, seen.cuts, seen.first)


def _surest_but_voice(scores: NDArray[np.float32], names: Sequence[str]) -> NDArray[np.float32]:
    """(step, name) -> (step,): nobody is seen to play the voice."""
    return np.delete(scores, names.index("voice"), axis=1).max(axis=1)


def _boxes(seen: Seen, played: Played | None, analysis: Analysis) -> list[Box]:
    """All boxes of the clip in order of time, in a 360° frame with the directions of their middles."""
    boxes = []
    for step, (time_s, shown) in enumerate(zip(analysis.maps.time_s.tolist(), seen.boxes, strict=True)):
        for player, box in shown.items():
            where = sphere.direction(*box.sides) if analysis.media.is_spherical else (None, None)
            plays = played.players[step].get(player) if played else None
            boxes.append(Box(time_s, LABELS[box.label], box.score, player, *box.sides, *where, plays))
    return boxes


def _hands(played: Played, time_s: NDArray[np.float64]) -> NDArray[np.float32]:
    """All hands of the clip in order of time, (hand, 4), see `Maps`."""
    rows = [(at_s, *touch) for at_s, touches in zip(time_s.tolist(), played.touches, strict=True) for touch in touches]
    return np.array(rows, np.float32).reshape(-1, 4)


def _ranked(scores: NDArray[np.float32]) -> list[TagScore]:
    """How well each tag describes the clip, (tag,), as a list, best first."""
    tags = [TagScore(tag, group, score) for (tag, group), score in zip(GROUP_OF.items(), scores.tolist(), strict=True)]
    return sorted(tags, key=lambda tag: -tag.score)
