from dataclasses import replace

import numpy as np

from milo_demo.analysis import ClipScore
from milo_demo.features.tempo import Tempo
from milo_demo.fusion.agree import agree
from milo_demo.geometry import Detection
from milo_demo.hearing.listen import Heard
from milo_demo.hearing.localise import Direction
from milo_demo.instruments import FAMILIES, LABELS
from milo_demo.outside import OTHERS
from milo_demo.seeing.watch import Seen

WHERE = (0.25, 0.25, 0.5, 0.75)


def senses(ear: dict[str, float], eye: dict[str, float]) -> tuple[list[ClipScore], Heard, Seen]:
    """One step, in which everything is heard and seen as surely as in the whole clip; a box each."""
    instruments, maps = np.zeros((1, len(LABELS)), np.float16), np.zeros((1, len(LABELS), 2, 2), np.float32)
    for label, score in ear.items():
        instruments[0, LABELS.index(label)] = score
    for label, score in eye.items():
        maps[0, LABELS.index(label), 1, 0] = score
    boxes = [{n: Detection(LABELS.index(label), score, *WHERE) for n, (label, score) in enumerate(eye.items(), 1)}]
    tempo = Tempo(np.full(1, 96, np.float32), ())
    heard = Heard(
        instruments,
        np.zeros((1, 4), np.float16),
        tempo,
        dict.fromkeys(ear, Direction(10.0, 0.0)),
        (),
        np.zeros((32, 4)),
    )
    rows = [
        ClipScore(label, 0.0, ear.get(label, 0.0), None if label == "voice" else eye.get(label, 0.0), None)
        for label in LABELS
    ]
    return rows, heard, Seen(maps, boxes, tuple(LABELS[:-1]), ())


def names(heard: Heard, seen: Seen) -> tuple[dict[str, float], dict[str, float], list[str]]:
    by_ear = {LABELS[k]: round(float(heard.instruments[0, k]), 2) for k in np.flatnonzero(heard.instruments[0])}
    peaks = seen.maps[0].max(axis=(1, 2))
    by_eye = {LABELS[k]: round(float(peaks[k]), 2) for k in np.flatnonzero(peaks)}
    return by_ear, by_eye, [LABELS[box.label] for box in seen.boxes[0].values()]


def test_what_looks_like_a_guitar_is_the_ukulele_that_is_heard():
    heard, seen, said = agree(*senses({"ukulele": 0.83, "guitar": 0.39}, {"guitar": 0.9}))
    assert names(heard, seen) == ({"guitar": 0.39, "ukulele": 0.83}, {"ukulele": 0.9}, ["ukulele"])
    assert said == ["What is seen as guitar is taken for the ukulele that is heard."]


def test_where_the_ear_doubts_the_eye_gives_the_name():
    heard, seen, said = agree(*senses({"cello": 0.6, "violin": 0.2}, {"violin": 0.9}))
    assert names(heard, seen) == ({"cello": 0.2, "violin": 0.6}, {"violin": 0.9}, ["violin"])
    assert set(heard.directions or ()) == {"cello", "violin"}
    assert said == ["What is heard as cello is taken for the violin that is seen."]


def test_what_is_heard_of_a_family_under_no_name_is_the_one_that_is_seen():
    rows, heard, seen = senses({"guitar": 0.2, "voice": 0.3}, {"guitar": 0.9})
    families, others = np.zeros((1, len(FAMILIES)), np.float16), np.zeros((1, len(OTHERS)), np.float16)
    families[0, FAMILIES.index("plucked string")] = 0.9
    heard = replace(heard, families=families, others=others)
    named, _, said = agree(rows, heard, seen)
    assert round(float(named.instruments[0, LABELS.index("guitar")]), 1) == 0.9
    assert said == ["The plucked string that is heard is taken for the guitar that is seen."]
    others[0, list(OTHERS).index("mandolin")] = 0.7  # then it has a name, if none of ours
    assert agree(rows, replace(heard, others=others), seen)[2] == []


def test_who_is_both_heard_and_seen_keeps_the_name():
    found = senses({"guitar": 0.6, "electric_bass": 0.95}, {"guitar": 0.9})
    heard, seen, said = agree(*found)
    assert (heard, seen, said) == (found[1], found[2], [])


def test_who_is_seen_as_well_is_not_taken_for_another():
    found = senses({"violin": 0.9}, {"violin": 0.8, "cello": 0.7})
    assert agree(*found)[2] == []


def test_what_does_not_look_alike_stays_apart():
    apart = [({"harp": 0.9}, {"guitar": 0.9}), ({"voice": 0.9}, {"violin": 0.9}), ({"harp": 0.6}, {"guitar": 0.7})]
    for ear, eye in apart:
        assert agree(*senses(ear, eye))[2] == []


def test_of_two_that_doubt_the_surer_gives_the_name():
    heard, seen, _ = agree(*senses({"ukulele": 0.74, "guitar": 0.38}, {"guitar": 0.66}))
    assert names(heard, seen)[2] == ["ukulele"]
    assert agree(*senses({"ukulele": 0.6}, {"guitar": 0.7}))[2] == []
