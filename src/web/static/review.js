// The reviewers' keys: A approves, R goes to the reasons, N takes the next case. Without this script there are the buttons.
"use strict";
(() => {
  const typing = (element) => element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
  let sent = false;
  function submit(id) {
    const form = document.getElementById(id);
    if (!form || sent) return;
    sent = true;
    form.requestSubmit();
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing || typing(event.target)) return;
    const key = event.key.toLowerCase();
    if (key === "a") submit("approve");
    else if (key === "n") submit("next");
    else if (key === "r") {
      const first = document.querySelector("#return input[type=checkbox]");
      if (first) first.focus();
    } else return;
    event.preventDefault();
  });
})();
