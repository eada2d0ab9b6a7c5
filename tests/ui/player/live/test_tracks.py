"""How boxes on the live picture come, move and go, look after look."""

import pytest

from tests.ui.player.browser import in_a_browser

pytestmark = in_a_browser

TRACKS = """async (looks) => {
  const script = [...document.querySelectorAll('script')].map(({ textContent }) => textContent).join();
  const url = /gradio_api\\/file=[^'"\\\\)]*live\\.js/.exec(JSON.stringify(window.gradio_config) + script)[0];
  const { Tracks } = await import(new URL('tracks.js', new URL(url, document.baseURI)));
  const tracks = new Tracks(0.5);
  return looks.map(([now, found]) => {
    if (found) tracks.update(found.map(([label, score, ...corners]) => ({ label, score, corners })), now);
    return tracks.at(now, 1e6).map(({ label, corners }) => [label, ...corners]);
  });
}"""


def test_boxes_hold_still_and_go_with_what_they_are_on(visit):
    here, near, far, there = [0.1, 0.1, 0.3, 0.3], [0.12, 0.1, 0.32, 0.3], [0.2, 0.1, 0.4, 0.3], [0.6, 0.6, 0.9, 0.9]
    inside = [0.1, 0.1, 0.22, 0.3]
    looks = [
        ([0, [[1, 0.9, *here]]], [], "a single look is not believed"),
        ([100, [[1, 0.4, *near]]], [[1, *near]], "a box moves, and stays while it is nearly sure"),
        ([200, []], [[1, *near]], "one missed look is no reason to blink"),
        ([300, [[1, 0.9, *here], [1, 0.8, *there]]], [[1, *here]], "a second of its kind is another one"),
        ([400, [[1, 0.9, *here], [1, 0.8, *there]]], [[1, *here], [1, *there]], "and both are there"),
        ([500, [[1, 0.9, *here], [2, 0.4, *there]]], [[1, *here], [1, *there]], "what is doubtful does not begin"),
        ([600, [[1, 0.9, *here], [2, 0.9, *there]]], [[1, *here]], "one thing has one name"),
        ([700, [[1, 0.9, *here], [2, 0.9, *there]]], [[1, *here], [2, *there]], ""),
        ([1250, None], [[1, *here], [2, *there]], "between two looks"),
        ([1350, None], [], "what is lost goes"),
        ([2000, [[1, 0.9, *here], [1, 0.8, *inside]]], [], ""),
        ([2100, [[1, 0.8, *inside], [1, 0.7, *here]]], [[1, *here]], "a box within another is a part of it"),
        ([2500, [[1, 0.9, *far]]], [[1, *far]], "what moves far between two looks is still itself"),
        ([3400, None], [[1, *far]], "where looks are rare, two of them take longer"),
    ]
    drawn = visit().evaluate(TRACKS, [look for look, _, _ in looks])
    for now, (_, expected, why) in zip(drawn, looks, strict=True):
        assert [pytest.approx(box) for box in now] == expected, why
