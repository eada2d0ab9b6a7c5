from milo_demo.instruments import ALIASES, BY_NAME, INSTRUMENTS, LABELS, label_of


def test_twenty_five_instruments_and_the_voice():
    assert len(LABELS) == len(set(LABELS)) == 26
    assert LABELS[-1] == "voice"


def test_colour_and_sign_tell_every_label_apart():
    assert len({instrument.colour for instrument in INSTRUMENTS}) == 26
    assert len({instrument.sign for instrument in INSTRUMENTS}) == 26


def test_a_sign_can_be_read_on_its_colour():
    by_name = {instrument.name: instrument.ink for instrument in INSTRUMENTS}
    assert by_name["banjo"] == "#000000" and by_name["cello"] == "#ffffff"


def test_aliases_lead_into_the_taxonomy():
    assert all(label in BY_NAME for names in ALIASES.values() for label in names.values())
    assert label_of("cornet", "imagenet") == "trumpet"
    assert label_of("violin", "photos") == "violin"
    assert label_of("oboe", "photos") is None
