/* Small repairs of the generated pages, for readers with a keyboard or a screen reader. */

/* On a phone a wide figure scrolls sideways (pages.css); a keyboard must be able to reach what scrolls. */
function reachFigures() {
  document.querySelectorAll("article figure").forEach((figure) => {
    if (figure.scrollWidth > figure.clientWidth) {
      figure.tabIndex = 0;
    } else {
      figure.removeAttribute("tabindex");
    }
  });
}

/* The bibliography is marked as a list, but its entries are not marked as items. */
function nameCitations() {
  document.querySelectorAll(".citation-list > .citation").forEach((citation) => {
    citation.setAttribute("role", "listitem");
  });
}

window.addEventListener("load", reachFigures);
window.addEventListener("load", nameCitations);
window.addEventListener("resize", reachFigures);
