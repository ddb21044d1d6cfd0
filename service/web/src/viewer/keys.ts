/** Cornerstone's tools (5.14.0) cancel every key that is pressed while their element has the focus, which a click gives it.
 * Without a tab index of its own the element leaves the focus, and so the keys, to the page's region around it. */
export function leaveKeysToThePage(element: HTMLElement): void {
  element.removeAttribute("tabindex");
}
