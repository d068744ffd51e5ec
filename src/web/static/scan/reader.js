// What a picture's QR code says: by the browser's own BarcodeDetector, or by the worker.

/** The longest side of what is looked at, in pixels: more only takes longer. */
const CAMERA_SIDE = 1280;
const PICTURE_SIDES = [1800, 3000, 1000];

const canvas = document.createElement('canvas');
const pen = canvas.getContext('2d', { willReadFrequently: true });

/** Draws a part of a video or picture so that its longer side has at most `most` pixels. */
function draw(source, { x, y, width, height }, most) {
  const scale = Math.min(1, most / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  pen.drawImage(source, x, y, width, height, 0, 0, canvas.width, canvas.height);
}

async function detector() {
  try {
    const formats = await globalThis.BarcodeDetector.getSupportedFormats();
    return formats.includes('qr_code') ? new globalThis.BarcodeDetector({ formats: ['qr_code'] }) : null;
  } catch {
    return null;
  }
}

/** A worker that answers one picture after the other. */
class Decoder {
  constructor() {
    this.worker = new Worker(new URL('./decoder.js', import.meta.url), { type: 'module' });
    this.waiting = new Map();
    this.last = 0;
    this.worker.addEventListener('message', ({ data: { id, text } }) => this.settle(id, text));
    // A worker that cannot start reads nothing; nobody waits for it for ever.
    this.worker.addEventListener('error', () => Array.from(this.waiting.keys(), (id) => this.settle(id, null)));
  }

  settle(id, text) {
    this.waiting.get(id)?.(text);
    this.waiting.delete(id);
  }

  read(thorough) {
    const { width, height, data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    const id = (this.last += 1);
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.worker.postMessage({ id, width, height, pixels: data.buffer, thorough }, [data.buffer]);
    });
  }
}

/** Reads codes; `null` where a picture has none. */
export class Reader {
  static async open() {
    const reader = new Reader();
    reader.detector = await detector();
    // Started now, so that its files are there before the network goes away.
    reader.decoder = new Decoder();
    return reader;
  }

  async #drawn(thorough) {
    if (this.detector) {
      try {
        const [code] = await this.detector.detect(canvas);
        if (code) return code.rawValue;
      } catch {
        // Promised by the browser, but not there on this device.
        this.detector = null;
      }
    }
    return this.decoder.read(thorough);
  }

  /** A frame of a video: the whole and the middle by turns, since a small code needs all its pixels. @param {HTMLVideoElement} video */
  async frame(video, turn) {
    const [width, height] = [video.videoWidth, video.videoHeight];
    const side = Math.min(width, height) * 0.75;
    const middle = { x: (width - side) / 2, y: (height - side) / 2, width: side, height: side };
    draw(video, turn % 2 === 0 ? { x: 0, y: 0, width, height } : middle, CAMERA_SIDE);
    return this.#drawn(false);
  }

  /** A picture file. @param {File} file */
  async picture(file) {
    const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const all = { x: 0, y: 0, width: picture.width, height: picture.height };
    try {
      for (const side of PICTURE_SIDES) {
        draw(picture, all, side);
        const text = await this.#drawn(true);
        if (text !== null) return text;
      }
      return null;
    } finally {
      picture.close();
    }
  }
}
