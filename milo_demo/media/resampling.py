"""FFmpeg's resampler: sound at any rate out, on the clock, band-limited."""

from collections.abc import Iterator
from typing import cast

import av
import numpy as np
from av.error import BlockingIOError as NothingYet
from av.error import EOFError as NothingMore
from av.filter import Graph
from numpy.typing import NDArray

GAP_S = 0.05
"""Sound whose time stamps jump by more than this is really missing (or doubled); less is how containers round."""


def resampler(frame: av.AudioFrame, rate_hz: int, first_sample: int) -> Graph:
    """FFmpeg's resampler for sound like `frame`; it drops what lies before first_sample and fills gaps with silence."""
    graph = Graph()
    source = graph.add(
        "abuffer",
        sample_rate=str(frame.sample_rate),
        sample_fmt=frame.format.name,
        channel_layout=frame.layout.name,
        time_base=str(frame.time_base),
    )
    # It counts in samples of what comes in, whatever the rate of what goes out.
    first_pts = round(first_sample * frame.sample_rate / rate_hz)
    clock = {"first_pts": str(first_pts), "min_hard_comp": str(GAP_S), "async": "1"}
    resample = graph.add("aresample", sample_rate=str(rate_hz), **clock)
    chain = [source, resample]
    if frame.layout.name.startswith("ambisonic"):
        # The resampler takes only plain channels; copying them with a gain of exactly 1 would be refused as well.
        plain = "|".join(f"c{c}=1.0000001*c{c}" for c in range(frame.layout.nb_channels))
        chain.insert(1, graph.add("pan", f"{frame.layout.nb_channels} channels|{plain}"))
    as_float = graph.add("aformat", sample_fmts="flt")  # interleaved: PyAV reads no more than 8 planes
    graph.link_nodes(*chain, as_float, graph.add("abuffersink")).configure()
    return graph


def pulled(graph: Graph | None, frame: av.AudioFrame | None) -> Iterator[NDArray[np.float32]]:
    """Push a frame (None: the end) into the graph and give what comes out as (channel, sample)."""
    if graph is None:
        return
    graph.push(frame)
    while True:
        try:
            given = cast(av.AudioFrame, graph.pull())
        except (NothingYet, NothingMore):
            return
        yield given.to_ndarray().reshape(-1, given.layout.nb_channels).T
