"""How the page looks: system fonts, one accent, light and dark. Nothing is fetched from another machine."""

from pathlib import Path

from gradio import themes

HERE = Path(__file__).parent

SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

STYLES = (
    "theme.css",
    "player/player.css",
    "player/embed.css",
    "player/input/input.css",
    "player/lanes/lanes.css",
    "player/explain/explain.css",
    "player/live/live.css",
    "player/recording/recording.css",
    "player/compare/compare.css",
    "tracks/tracks.css",
    "collection/collection.css",
)


def theme() -> themes.Base:
    """Colours and shapes of Gradio's own components."""
    return themes.Base(
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
