// Saves the form as one types, sends each picture as it is chosen, and offers schools. Without this script the buttons do the same.
"use strict";
(() => {
  const form = document.getElementById("case");
  const said = document.getElementById("saved");
  if (!form || !said || typeof fetch !== "function") return;
  const PAUSE = 1200;
  let timer = 0;
  let changed = false;
  let running = Promise.resolve();

  function say(text, bad) {
    said.textContent = text;
    said.toggleAttribute("data-bad", Boolean(bad));
  }

  function texts() {
    const data = new FormData();
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && !name.startsWith("reuse-")) data.append(name, value);
    data.set("do", "save");
    return data;
  }

  async function send(data) {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (answer.status === 409) {
      location.assign(form.action);
      throw new Error("decided");
    }
    if (!answer.ok || answer.redirected) throw new Error("not saved");
    return answer.json();
  }

  // One after the other, so that an older text never comes after a newer one.
  function queue(work) {
    running = running.then(work, work);
    return running;
  }

  function save() {
    if (!changed) return;
    changed = false;
    queue(async () => {
      say(form.dataset.saving);
      try {
        const { saved } = await send(texts());
        say(`${form.dataset.saved} ${saved}`);
      } catch {
        changed = true;
        say(form.dataset.failed, true);
      }
    });
  }

  // A picture that was chosen, or one of the other verification that its owner hands on by a tick.
  function picture(input) {
    const slot = input.closest(".slot");
    const preview = slot.querySelector(".preview");
    queue(async () => {
      const data = texts();
      data.append(input.name, input.files ? input.files[0] : "on");
      preview.setAttribute("data-busy", "");
      say(form.dataset.sending);
      try {
        const { saved, pictures } = await send(data);
        const { link, refused } = pictures[slot.dataset.slot];
        slot.classList.toggle("marked", Boolean(refused));
        for (const old of slot.querySelectorAll(".slip, .note")) old.remove();
        if (link) {
          const image = document.createElement("img");
          image.src = link;
          image.alt = slot.querySelector("label").textContent;
          preview.replaceChildren(image);
          // What is there now came by the last choice alone.
          const agreed = slot.querySelector(".agreed");
          if (agreed) agreed.remove();
          const tick = slot.querySelector(".handed input");
          if (tick && tick === input) tick.closest(".handed").remove();
          else if (tick) tick.checked = false;
        }
        if (refused) {
          const slip = document.createElement("p");
          slip.className = "slip";
          slip.id = `${slot.dataset.slot}-slip`;
          slip.setAttribute("role", "alert");
          slip.textContent = refused;
          slot.querySelector(".choose").append(slip);
          say("");
        } else {
          say(`${form.dataset.saved} ${saved}`);
        }
        if (input.files) input.value = "";
      } catch {
        say(form.dataset.failed, true);
      }
      preview.removeAttribute("data-busy");
    });
  }

  form.addEventListener("input", (event) => {
    if (event.target.type === "file" || event.target.closest(".handed")) return;
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("change", (event) => {
    const chosen = event.target.type === "file" ? event.target.files.length > 0 : event.target.closest(".handed") && event.target.checked;
    if (chosen) picture(event.target);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") save();
  });

  const school = document.getElementById("school");
  const list = document.getElementById("schools");
  if (!school || !list) return;
  let asked = "";
  school.addEventListener("input", async () => {
    const typed = school.value.trim();
    if (!typed || typed === asked) return;
    asked = typed;
    try {
      const answer = await fetch(`${form.dataset.schools}?q=${encodeURIComponent(typed)}`, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected || asked !== typed) return;
      list.replaceChildren(...(await answer.json()).map((name) => Object.assign(document.createElement("option"), { value: name })));
    } catch {
      // The name can be typed in full; the server says if it is not on the list.
    }
  });
})();
