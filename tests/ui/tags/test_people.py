from milo_demo.tags import SYNONYMS, TAGS, UNTOLD
from milo_demo.ui.tags.people import told
from tests.ui import drawn


def test_several_spellings_are_one_tag_as_strong_as_the_strongest():
    analysis = drawn.analysis()
    [none] = [tag for tag in told(analysis) if "no vocal" in tag.name]
    assert (none.name, none.group, none.score) == ("no vocals", "Vocal", 0.6)
    assert set(none.raw) == {"no vocals", *SYNONYMS["no vocals"]}
    assert none.over_time(analysis).max() == analysis.maps.tags[:, TAGS.index("no vocals")].max()


def test_every_spelling_is_known_and_told_once_but_for_what_tells_nothing():
    spellings = [raw for tag in told(drawn.analysis()) for raw in tag.raw]
    assert sorted([*spellings, *UNTOLD]) == sorted(TAGS)
    assert {raw for raws in SYNONYMS.values() for raw in raws} <= set(TAGS)
