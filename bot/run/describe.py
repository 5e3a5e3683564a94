"""The settings as a table for docs/settings.md, which a test holds against this."""

from __future__ import annotations

from pathlib import Path

from bot.settings import PREFIX, ROOT, Settings


def settings_table() -> str:
    """Every setting with its variable, default and meaning, in Markdown."""
    lines = ["| in `clinic.yml` | in the environment | default | what it is |", "| --- | --- | --- | --- |"]
    for name, field in Settings.__fields__.items():
        default = field.default
        if isinstance(default, Path):
            default = default.relative_to(ROOT) if default.is_absolute() else default
        shown = f"`{default}`" if default not in ("", None) else "(empty)"
        lines.append(f"| `{name}` | `{PREFIX}{name.upper()}` | {shown} | {field.field_info.description} |")
    return "\n".join(lines) + "\n"
