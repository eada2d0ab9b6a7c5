"""How the page looks: system fonts, one accent, light and dark. Nothing is fetched from another machine."""

from pathlib import Path

from gradio import themes

HERE = Path(__file__).parent

SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

MAX_UPLOAD = "2gb"
"""An hour of a phone's 1080p video; a bound, so that one visitor cannot fill the disk."""

STYLES = (
    "theme.css",
    "player/player.css",
    "player/input/input.css",
    "player/lanes/lanes.css",
    "player/explain/explain.css",
    "player/live/live.css",
    "player/recording/recording.css",
    "player/compare/compare.css",
    "tracks/tracks.css",
)


def look() -> dict:
    """What `gr.Blocks.launch` takes for the page to look and behave as meant."""
    theme = themes.Base(
        primary_hue="indigo", neutral_hue="slate", font=SANS, font_mono=MONO, radius_size=themes.sizes.radius_lg
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_500",
        button_primary_text_color="white",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
    )
    return {
        "theme": theme,
        "css_paths": [HERE / path for path in STYLES],
        "favicon_path": HERE / "favicon.svg",
        "footer_links": [],
        "run_history": False,
        "max_file_size": MAX_UPLOAD,
    }
