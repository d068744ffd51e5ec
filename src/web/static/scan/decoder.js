// Finds the QR code in the pixels of a picture, in a worker so that the page stays quick. For browsers without BarcodeDetector.

import decode from '../vendor/qr/decode.js';

/** By how much a picture is made smaller, one try after the other: the decoder likes modules of three to ten pixels. */
const SCALES = [1, 1.5, 2.25, 3.5];

self.addEventListener('message', ({ data: { id, width, height, pixels, thorough } }) => {
  const picture = { width, height, data: new Uint8ClampedArray(pixels) };
  let text = null;
  for (const scale of thorough ? SCALES : SCALES.slice(0, 2)) {
    text ??= read(scale === 1 ? picture : smaller(picture, scale));
  }
  self.postMessage({ id, text });
});

function read(picture) {
  try {
    return decode(picture);
  } catch {
    // No code, or none that can be read.
    return null;
  }
}

/** The picture in grey, each pixel the mean of those that it covers. */
function smaller({ width, height, data }, scale) {
  const [w, h] = [Math.floor(width / scale), Math.floor(height / scale)];
  const out = new Uint8ClampedArray(w * h * 4);
  for (let y = 0; y < h; y += 1) {
    const [top, bottom] = [Math.floor(y * scale), Math.floor((y + 1) * scale)];
    for (let x = 0; x < w; x += 1) {
      const [left, right] = [Math.floor(x * scale), Math.floor((x + 1) * scale)];
      let sum = 0;
      for (let yy = top; yy < bottom; yy += 1) {
        for (let at = 4 * (yy * width + left); at < 4 * (yy * width + right); at += 4) sum += data[at] + 2 * data[at + 1] + data[at + 2];
      }
      const at = 4 * (y * w + x);
      out.fill(sum / (4 * (bottom - top) * (right - left)), at, at + 3);
      out[at + 3] = 255;
    }
  }
  return { width: w, height: h, data: out };
}
