"""Odd pictures."""

from milo_demo.evaluation.robustness.made.case import ANYTHING, GREY, TONE, Case, encoded

FFV1 = ("-c:v", "ffv1")
X264 = ("-c:v", "libx264", "-preset", "ultrafast")


def drawn(size: str, rate: object = 10, duration_s: float = 0.5) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"color=0x406080:s={size}:r={rate}:d={duration_s}")


def _codec(name: str, suffix: str, *encoding: object) -> Case:
    return Case(f"{name}.{suffix}", encoded(*GREY, *TONE, *encoding), is_quick=name == "h264")


CASES = [
    _codec("h264", "mp4", *X264),
    _codec("mpeg4", "avi", "-c:v", "mpeg4"),
    _codec("mpeg2", "mpg", "-c:v", "mpeg2video", "-r", 25),
    _codec("mpeg2", "vob", "-c:v", "mpeg2video", "-r", 25),
    _codec("mpeg1", "mpeg", "-c:v", "mpeg1video", "-r", 25),
    _codec("vp8", "webm", "-c:v", "libvpx", "-c:a", "libopus"),
    _codec("vp9", "webm", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-c:a", "libopus"),
    _codec("h265", "mkv", "-c:v", "libx265", "-preset", "ultrafast"),
    _codec("prores", "mov", "-c:v", "prores_ks"),
    _codec("mjpeg", "avi", "-c:v", "mjpeg"),
    _codec("flv", "flv", "-c:v", "flv", "-ar", 44100),
    _codec("theora", "ogv", "-c:v", "libtheora", "-c:a", "libvorbis"),
    _codec("wmv", "wmv", "-c:v", "wmv2"),
    _codec("dv", "dv", "-s", "720x576", "-r", 25, "-pix_fmt", "yuv420p", "-ar", 48000, "-ac", 2),
    _codec("mxf", "mxf", "-c:v", "mpeg2video", "-r", 25, "-ar", 48000),
    _codec("nut", "nut", *FFV1),
    _codec("raw", "avi", "-c:v", "rawvideo"),
    _codec("ts", "ts", *X264),
    _codec("3gp", "3gp", "-c:v", "h263", "-s", "176x144", "-c:a", "aac"),
    _codec("png", "mov", "-c:v", "png"),
    *(
        Case(f"as {form}.mkv", encoded(*GREY, *TONE, *FFV1, "-pix_fmt", form))
        for form in ("gray", "gray16le", "yuv444p16le", "yuva420p", "bgra", "gbrp12le", "yuv410p")
    ),
    *(
        Case(f"{size}.mkv", encoded(*drawn(size), *TONE, "-c:v", "png"), is_quick=size == "16x16")
        for size in ("2x2", "3x5", "16x16", "17x33", "4096x2160", "1x1")
    ),
    *(
        Case(f"upright {size}.mp4", encoded(*drawn(size, 25, 1.2), *TONE, *X264), is_quick=size == "864x1080")
        for size in ("864x1080", "498x1080", "648x1080")
    ),
    *(
        Case(f"ribbon {size}.mkv", encoded(*drawn(size, 5, 0.4), *TONE, *FFV1), is_quick=size == "32000x16")
        for size in ("32000x16", "16x32000", "8000x4")
    ),
    Case(
        "larger than allowed.mkv",
        encoded(*drawn("8193x8193", 1, 1), "-c:v", "ffv1", "-frames:v", 1),
        "larger than 8192",
    ),
    Case("one frame.mp4", encoded(*drawn("160x90"), "-frames:v", 1, *X264), is_quick=True),
    Case("two frames an hour apart.mkv", encoded(*drawn("160x90", "1/3600", 7200), *FFV1)),
    *(Case(f"{rate} fps.mkv", encoded(*drawn("64x64", rate, 0.5), *TONE, *FFV1)) for rate in (1, 240, 1000)),
    Case("1000 fps for long.mkv", encoded(*drawn("16x16", 1000, 20), "-c:v", "mpeg4", "-b:v", "20k")),
    Case("anamorphic.mp4", encoded(*drawn("64x360"), "-aspect", "16:9", *X264)),
    Case("pixels a thousand times as wide.mkv", encoded(*drawn("64x64"), "-vf", "setsar=1000", *TONE, *FFV1), ANYTHING),
    Case("picture only.mp4", encoded(*GREY, *X264), is_quick=True),
    Case("picture that begins late.mkv", encoded(*TONE, "-itsoffset", 0.7, *GREY, *FFV1)),
    Case("sound that begins late.mkv", encoded(*GREY, "-itsoffset", 0.7, *TONE, *FFV1)),
    Case("animated.gif", encoded(*GREY)),
    Case("still.gif", encoded(*drawn("160x90"), "-frames:v", 1)),
    Case(
        "hdr.mkv",
        encoded(
            *GREY,
            "-c:v",
            "libx265",
            "-preset",
            "ultrafast",
            "-pix_fmt",
            "yuv420p10le",
            "-color_trc",
            "smpte2084",
            "-color_primaries",
            "bt2020",
            "-colorspace",
            "bt2020nc",
        ),
    ),
    Case("interlaced.mpg", encoded(*GREY, "-c:v", "mpeg2video", "-r", 25, "-flags", "+ildct+ilme")),
]
