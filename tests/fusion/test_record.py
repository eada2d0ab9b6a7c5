from dataclasses import replace

import numpy as np
import pytest

from milo_demo.analysis import Analysis, Box, ClipScore, Event, Maps, Media, ModelUsed, Note, TempoCandidate, Track
from milo_demo.features.tempo import Tempo
from milo_demo.fusion.record import known, record, record_tracks
from milo_demo.geometry import Detection
from milo_demo.grid import STEPS_PER_S
from milo_demo.hearing.listen import Heard
from milo_demo.hearing.localise import Direction
from milo_demo.instruments import FAMILIES, LABELS
from milo_demo.options import AnalysisOptions
from milo_demo.playing.play import Played
from milo_demo.seeing.watch import Seen
from milo_demo.separation.separated import Separated
from milo_demo.tags import GROUP_OF, TAGS

STEPS, DURATION_S = 5, 2.3
GUITAR, FLUTE, HARP = (LABELS.index(label) for label in ("guitar", "flute", "harp"))
EAR, EYE, FINDER = (ModelUsed(role, f"{role}-net", "1", "00", "bundled") for role in ("sound", "object", "hands"))
WHERE = (0.25, 0.25, 0.5, 0.75)


def begun(threshold: float = 0.5, projection: str = "flat") -> Analysis:
    media = Media("duet.mp4", DURATION_S, 64, 48, 25.0, True, True, projection)
    return Analysis(media, Maps.empty(STEPS), AnalysisOptions(threshold=threshold))


def heard(directions: dict[str, Direction] | None = None) -> Heard:
    """The guitar at two steps, then a little; the first two tags."""
    instruments, tags = np.zeros((STEPS, len(LABELS)), np.float16), np.zeros((STEPS, len(TAGS)), np.float16)
    instruments[:2, GUITAR], instruments[2:, GUITAR], instruments[3:, FLUTE] = 0.75, 0.125, 0.5
    tags[:, 0], tags[:, 1] = 0.25, 0.875
    tempo = Tempo(np.full(STEPS, 96, np.float32), ((96.0, 0.8), (48.0, 0.2)))
    return Heard(instruments, tags, tempo, directions, (EAR,), np.zeros((32 * STEPS, 4), np.float32))


def seen() -> Seen:
    """The guitar's map throughout, its box at the last step; a harp that only the map shows."""
    maps = np.zeros((STEPS, len(LABELS), 2, 2), np.float32)
    maps[:, GUITAR, 0, 0], maps[:, HARP, 1, 1] = 0.5, 0.25
    boxes = [{} for _ in range(STEPS)]
    boxes[4] = {3: Detection(GUITAR, 0.875, *WHERE)}
    return Seen(maps, boxes, ("guitar", "harp"), (EYE,))


def played() -> Played:
    """The guitar in the middle steps, by player 3 at the last one as well; it moves throughout."""
    maps, scores = np.zeros((STEPS, len(LABELS), 4, 4), np.float16), np.zeros((STEPS, len(LABELS)), np.float32)
    scores[1:4, GUITAR], moved = 0.75, np.zeros_like(scores)
    moved[:, GUITAR] = 0.875
    touches = [[] for _ in range(STEPS)]
    touches[2] = [(0.25, 0.5, 0.875), (0.75, 0.5, 0.5)]
    players = [{}, {}, {}, {}, {3: 0.625}]
    return Played(maps, scores, moved, players, touches, (FINDER,), maps[:, GUITAR])


def events(analysis: Analysis, kind: str) -> list[Event]:
    return [event for event in analysis.events if event.kind == kind]


def rows(analysis: Analysis) -> dict[str, ClipScore]:
    return {row.label: row for row in analysis.clip}


def test_what_is_heard_is_in_the_maps_the_models_the_tags_and_the_tempo():
    analysis, said = begun(), heard()
    record(analysis, said, None)
    assert analysis.maps.sound is said.instruments and analysis.maps.tags is said.tags
    assert analysis.maps.tag_labels == TAGS and analysis.maps.tempo_bpm is said.tempo.bpm
    assert analysis.models == [EAR] and analysis.tempo_bpm == 96
    assert analysis.tempo_candidates == [TempoCandidate(96.0, 0.8), TempoCandidate(48.0, 0.2)]
    best, second = analysis.tags[:2]
    assert (best.label, best.group, best.score) == (TAGS[1], GROUP_OF[TAGS[1]], 0.875)
    assert (second.label, second.score) == (TAGS[0], 0.25) and len(analysis.tags) == len(TAGS)
    assert analysis.boxes == [] and analysis.maps.object.shape[2:] == (0, 0)
    assert analysis.maps.source.shape == (STEPS, 0, 0), "the ear alone knows no places"


def test_instruments_and_tags_that_are_heard_are_events_within_the_clip():
    analysis = begun()
    record(analysis, heard(), None)
    (flute, guitar), (tag,) = events(analysis, "heard"), events(analysis, "tag")
    assert flute == Event("heard", "flute", "Instrument", 3 / STEPS_PER_S, DURATION_S, 0.5)
    assert guitar == Event("heard", "guitar", "Instrument", 0.0, 2 / STEPS_PER_S, 0.75)
    assert tag == Event("tag", TAGS[1], GROUP_OF[TAGS[1]], 0.0, DURATION_S, 0.875)
    assert events(analysis, "seen") == []


@pytest.mark.parametrize("threshold, tags, in_sound, in_sight", [
    (0.2, TAGS[:2], ["flute", "guitar"], ["guitar", "harp"]),
    (0.8, TAGS[1:2], [], ["guitar"]),
])  # fmt: skip
def test_all_events_keep_to_the_threshold_that_was_asked_for(threshold, tags, in_sound, in_sight):
    analysis = begun(threshold)
    record(analysis, heard(), seen())
    for kind, labels in (("tag", list(tags)), ("heard", in_sound), ("seen", in_sight)):
        assert [event.label for event in events(analysis, kind)] == labels


def test_what_is_seen_is_in_the_maps_the_boxes_and_the_events():
    analysis, said = begun(), seen()
    record(analysis, None, said)
    assert analysis.maps.object is said.maps and analysis.models == [EYE]
    assert analysis.boxes == [Box(4 / STEPS_PER_S, "guitar", 0.875, 3, *WHERE)]
    (guitar,) = events(analysis, "seen")
    assert (guitar.label, guitar.start_s, guitar.end_s, guitar.score) == ("guitar", 0.0, DURATION_S, 0.875)
    assert analysis.maps.source.shape == (STEPS, 0, 0), "the eye alone hears no source"
    assert {row.heard for row in analysis.clip} == {None} and set(rows(analysis)) == {"guitar", "harp"}
    assert rows(analysis)["guitar"].seen == pytest.approx((0.875 + 0.5) / 2), "the surest 30 % of the steps"
    assert (analysis.tags, analysis.tempo_bpm) == ([], None)


def test_a_box_of_a_360_degree_frame_says_in_which_direction_its_middle_lies():
    analysis, said = begun(projection="equirectangular"), seen()
    said.boxes[0] = {1: Detection(HARP, 0.5, 0.9, 0.25, 1.1, 0.5)}
    record(analysis, None, said)
    over_the_seam, guitar = analysis.boxes
    assert (over_the_seam.azimuth_deg, over_the_seam.elevation_deg) == pytest.approx((-180, 22.5))
    assert (guitar.azimuth_deg, guitar.elevation_deg) == pytest.approx((-45, 0))
    assert [box.time_s for box in analysis.boxes] == [0, 4 / STEPS_PER_S], "in order of time"


def test_both_senses_together_say_which_pixels_sound_and_decide_on_the_clip():
    analysis = begun()
    record(analysis, heard({"guitar": Direction(-45.0, 10.0)}), seen())
    assert analysis.models == [EAR, EYE]
    assert analysis.maps.source[:, 0, 0].tolist() == pytest.approx([0.375, 0.375, 0.0625, 0.0625, 0.0625])
    assert not analysis.maps.source[:, 1, 1].any(), "the harp is silent"
    guitar, flute, harp = (rows(analysis)[label] for label in ("guitar", "flute", "harp"))
    assert (guitar.heard, guitar.seen) == pytest.approx((0.75, 0.6875))
    assert guitar.score == pytest.approx(1 - 0.25 * 0.3125) and analysis.clip[0] is guitar
    assert (guitar.azimuth_deg, guitar.elevation_deg) == (-45, 10)
    assert (flute.heard, flute.seen, flute.azimuth_deg) == (0.5, None, None)
    assert (harp.heard, harp.seen) == (0, 0.25)
    assert [event.kind for event in analysis.events] == ["heard", "heard", "tag", "seen"]


def test_asked_again_with_more_known_nothing_is_there_twice():
    analysis = begun()
    record(analysis, heard(), None)
    record(analysis, heard(), seen())
    assert analysis.models == [EAR, EYE] and len(analysis.events) == 4


def test_what_was_separated_is_in_the_tracks_the_notes_the_models_and_the_warnings():
    analysis, both = begun(), (heard(), seen())
    analysis.warnings = ["It is short."]
    tracks = tuple(Track(f"track-{label}.flac", label, "notes", None, 0.5, []) for label in ("guitar", "residual"))
    notes, hand = (Note("guitar", 0.5, 1.0, 69, 3.0, 0.75),), ModelUsed("owner", "owner-net", "1", "00", "bundled")
    record(analysis, *both)
    record_tracks(analysis, Separated(tracks, notes, ("The guitar may be two.",), (hand, EAR)))
    assert analysis.tracks == list(tracks) and analysis.notes == list(notes)
    assert analysis.models == [EAR, EYE, hand]
    assert analysis.warnings == ["It is short.", "The guitar may be two."]
    assert len(analysis.events) == 4 and analysis.clip[0].label == "guitar"


def test_a_clip_of_which_nothing_is_known_says_nothing():
    analysis = begun()
    record(analysis, None, None)
    assert (analysis.models, analysis.events, analysis.clip, analysis.tags, analysis.boxes) == ([], [], [], [], [])


def test_boxes_that_do_not_fit_the_clips_steps_are_a_mistake():
    analysis, said = begun(), seen()
    said.boxes.append({})
    with pytest.raises(ValueError, match="zip"):
        record(analysis, None, said)


def test_what_is_played_is_in_the_maps_the_events_the_boxes_and_the_verdict():
    analysis, said = begun(), played()
    record(analysis, heard(), seen(), said)
    assert analysis.maps.action is said.maps and (analysis.maps.played == said.scores).all()
    assert analysis.maps.movement is said.movement
    assert analysis.models == [EAR, EYE, FINDER]
    [event] = events(analysis, "played")
    assert event == Event("played", "guitar", "Instrument", 1 / STEPS_PER_S, 4 / STEPS_PER_S, 0.75)
    assert [box.played for box in analysis.boxes] == [0.625]
    guitar = rows(analysis)["guitar"]
    assert guitar.played == pytest.approx(0.75) and guitar.moved == pytest.approx(0.875)
    assert rows(analysis)["voice"].played is None, "no hand plays it"
    assert analysis.maps.hands.tolist() == pytest.approx(
        np.array([[2 / STEPS_PER_S, 0.25, 0.5, 0.875], [2 / STEPS_PER_S, 0.75, 0.5, 0.5]])
    )


def test_without_sound_it_is_known_who_moves_and_not_who_plays():
    analysis = begun()
    record(analysis, None, seen(), replace(played(), scores=None, players=[{}] * STEPS))
    assert rows(analysis)["guitar"].played is None and rows(analysis)["guitar"].moved == pytest.approx(0.875)
    assert events(analysis, "played") == [] and analysis.maps.played.size == 0
    assert [box.played for box in analysis.boxes] == [None]


def test_who_wants_to_know_who_plays_is_told_what_ear_and_eye_know():
    said = known(heard(), replace(seen(), cuts=(2,), first=1))
    assert said.heard is not None and said.heard.dtype == np.float32 and said.onsets is not None
    assert list(said.visible) == [GUITAR, HARP] and (said.cuts, said.first) == ((2,), 1)
    assert known(None, seen()).heard is None and known(None, seen()).onsets is None


def test_something_sounds_where_only_its_family_is_known():
    families = np.zeros((STEPS, len(FAMILIES)), np.float16)
    families[:, FAMILIES.index("plucked string")], families[:, FAMILIES.index("voice")] = 0.5, 0.875
    plain, kin = known(heard(), seen()), known(replace(heard(), families=families), seen())
    assert plain.sounds is not None and plain.sounds.tolist() == [0.75, 0.75, 0.125, 0.5, 0.5]
    assert kin.sounds is not None and kin.sounds.tolist() == [0.75, 0.75, 0.5, 0.5, 0.5]
