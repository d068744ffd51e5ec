// A signature drawn on the screen becomes the picture of the form's file field. Without this script a picture is chosen instead.
"use strict";
(() => {
  const pad = document.getElementById("pad");
  const field = document.getElementById("mark");
  if (!pad || !field || typeof DataTransfer !== "function") return;
  const canvas = pad.querySelector("canvas");
  const pen = canvas.getContext("2d");
  let last = null;
  let drawn = false;

  function clear() {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    drawn = false;
    field.value = "";
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  }

  function keep() {
    if (!drawn) return;
    canvas.toBlob((picture) => {
      const files = new DataTransfer();
      files.items.add(new File([picture], "signature.png", { type: "image/png" }));
      field.files = files.files;
    }, "image/png");
  }

  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const here = place(event);
    pen.strokeStyle = "#1d2127";
    pen.lineWidth = 4;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...here);
    pen.stroke();
    last = here;
    drawn = true;
  });
  const end = () => {
    last = null;
    keep();
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  pad.querySelector("button").addEventListener("click", clear);
  clear();
  pad.hidden = false;
})();
