"""What axe finds wrong with a page: WCAG 2.2, levels A and AA."""

from __future__ import annotations

from playwright.sync_api import Frame

from bot.settings import ROOT

SOURCE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"  # `./hipline test` installs it
_RUN = """async () => (await axe.run(document, {
    iframes: false,
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
})).violations.map(one => `${one.id}: ${one.nodes.map(node => node.target.join(" ")).join(", ")}`)"""


def violations(frame: Frame) -> list[str]:
    """Each rule that the document of `frame` breaks, with the elements that do."""
    if not frame.evaluate("() => 'axe' in window"):
        frame.evaluate(SOURCE.read_text(encoding="utf-8"))
    found = frame.evaluate(_RUN)
    assert isinstance(found, list)
    return found
