from __future__ import annotations

import pytest

from bot import settings
from bot.colours import contrast
from bot.settings import Settings, SettingsError


def test_the_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == pytest.approx(1)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # WCAG's own borderline grey
    assert contrast("#777777", "#ffffff") == contrast("#ffffff", "#777777") < 4.5


def test_the_shipped_colours_can_be_read() -> None:
    clinic = Settings()
    assert contrast(clinic.widget_color, clinic.widget_color_text) >= 4.5
    assert contrast(clinic.widget_color_dark, clinic.widget_color_dark_text) >= 4.5


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("widget_color", "#aaaaaa", "WIDGET_COLOR_TEXT: #ffffff on #aaaaaa has a contrast of 2.3:1; 4.5:1 at least"),
        ("widget_color_dark_text", "#ffffff", "WIDGET_COLOR_DARK_TEXT: #ffffff on #9ad4ee has a contrast of 1.6:1"),
        ("widget_color", "blue", "WIDGET_COLOR: must be a colour such as #0b5a7d"),
        ("widget_origins", "https://a.example/", "WIDGET_ORIGINS: https://a.example/ is no origin such as"),
        ("widget_origins", "*", r"WIDGET_ORIGINS: \* is no origin"),
        ("widget_origins", "https://a.example; script-src *", "WIDGET_ORIGINS: https://a.example; is no origin"),
        ("widget_logo", "logo.gif", "WIDGET_LOGO: must be a picture: .svg, .png"),
        ("widget_logo", "no-such-file.svg", "WIDGET_LOGO: there is no file .*no-such-file.svg"),
        ("widget_remember", "for ever", "WIDGET_REMEMBER: unexpected value; permitted: 'session', 'device'"),
        ("widget_position", "top", "WIDGET_POSITION: unexpected value; permitted: 'right', 'left'"),
        ("widget_name", "", "WIDGET_NAME: ensure this value has at least 1 characters"),
    ],
)
def test_what_is_wrong_with_a_setting_of_the_widget_is_told(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=f"HIPLINE_{said}"):
        settings.load(environ={f"HIPLINE_{name.upper()}": value, "HIPLINE_CONFIG": "/dev/null"})


def test_origins_may_stand_in_several_lines() -> None:
    assert Settings(widget_origins=" https://a.example\n http://b.example:81 ").widget_origins == (
        "https://a.example http://b.example:81"
    )
