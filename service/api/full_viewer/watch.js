/* Takes the images away once the session is locked or has ended, and tells the centre that somebody works here.
   On the page that says why there are no images (data-waits) it brings them back once the session is open. */
"use strict";
{
  const EVERY_MS = 5_000;
  const CLOSED = [401, 403, 423];
  const waits = document.documentElement.hasAttribute("data-waits");
  let touched = !waits;
  for (const kind of ["keydown", "pointerdown", "pointermove", "wheel"]) {
    window.addEventListener(kind, () => { touched = !waits; }, { passive: true, capture: true });
  }
  const look = async () => {
    const headers = touched ? { "X-User-Active": "1" } : {};
    touched = false;
    let status;
    try {
      status = (await fetch("/session", { headers, cache: "no-store" })).status;
    } catch {
      return; // The centre does not answer; it locks by its own clock.
    }
    if (waits ? status === 204 : CLOSED.includes(status)) window.location.reload();
  };
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("centre-refused", look);
}
