// The camera: opened when the reader asks for it, closed as soon as a code was read or the page is out of sight.

/** Milliseconds between two frames that are looked at. */
const PAUSE_MS = 80;

export class Camera {
  /** @param {HTMLVideoElement} video @param {import('./reader.js').Reader} reader */
  constructor(video, reader) {
    this.video = video;
    this.reader = reader;
    this.stream = null;
  }

  /** Whether the browser has one to ask for: it hides it from pages that did not come over https. */
  static get exists() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  /** Opens the camera and reads until a code is found: its text, or null if it was closed before. */
  async read() {
    const wish = { facingMode: { ideal: 'environment' }, width: { ideal: 1920 }, height: { ideal: 1080 } };
    const stream = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
    this.stream = stream;
    this.video.srcObject = stream;
    await this.video.play();
    try {
      for (let turn = 0; this.stream === stream; turn += 1) {
        if (this.video.videoWidth > 0) {
          const text = await this.reader.frame(this.video, turn);
          if (text !== null && this.stream === stream) return text;
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
      return null;
    } finally {
      this.close();
    }
  }

  close() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
  }

  /** The track whose lamp can be lit, or null. */
  get lamp() {
    const [track] = this.stream?.getVideoTracks() ?? [];
    return track?.getCapabilities?.().torch ? track : null;
  }
}
