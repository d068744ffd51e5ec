// How far a batch is, as it goes on. Without this script the page is loaded again every few seconds.
"use strict";
(() => {
  const place = document.getElementById("progress");
  if (!place || typeof EventSource !== "function") return;
  const bar = place.querySelector("progress");
  const says = place.querySelector("[data-says]");
  const source = new EventSource(place.dataset.events);
  source.addEventListener("standing", (event) => {
    const standing = JSON.parse(event.data);
    if (standing.total > 0) {
      bar.max = standing.total;
      bar.value = standing.done;
    } else {
      bar.removeAttribute("value");
    }
    if (says.textContent !== standing.says) says.textContent = standing.says;
  });
  source.addEventListener("end", () => {
    source.close();
    location.reload();
  });
})();
