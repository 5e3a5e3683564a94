// Buttons that copy the text in their data-copy; they are shown only where this script runs.
"use strict";
{
  const told = document.getElementById("copied");
  const copy = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    // Without TLS a browser has no clipboard for pages: the old way, over a selection.
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("refused");
  };
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      let done = "Copied";
      try {
        await copy(button.dataset.copy);
      } catch {
        done = "Not copied: please select the words";
      }
      button.focus();
      button.textContent = done;
      if (told) {
        told.hidden = false;
        told.textContent = `${done}.`;
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }
}
