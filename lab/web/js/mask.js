// A mask painted on the picture: clear where pixels may change, dimmed where they stay.
import { $ } from "/js/ui.js";

const dim = "rgb(20 20 30 / 0.65)";

export class Mask {
  constructor() {
    Object.assign(this, { canvas: $("mask"), erasing: false, last: null, id: "" });
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
    const mode = (erasing) => {
      this.erasing = erasing;
      $("maskpaint").setAttribute("aria-pressed", String(!erasing));
      $("maskerase").setAttribute("aria-pressed", String(erasing));
      this.show(true);
    };
    $("maskpaint").addEventListener("click", () => mode(false));
    $("maskerase").addEventListener("click", () => mode(true));
    $("maskclear").addEventListener("click", () => this.clear());
    $("maskinvert").addEventListener("click", () => {
      this.each((may) => !may);
      $("maskpart").value = "";
    });
    $("maskpart").addEventListener("change", () => this.part($("maskpart").value));
    $("maskbox").addEventListener("toggle", () => this.place());
    const size = () => { $("brushout").textContent = $("brush").value; };
    $("brush").addEventListener("input", size);
    size();
    this.canvas.addEventListener("pointerdown", (e) => {
      this.canvas.setPointerCapture(e.pointerId);
      this.last = this.at(e);
      this.stroke(this.last);
    });
    this.canvas.addEventListener("pointermove", (e) => { if (this.last) this.stroke(this.at(e)); });
    for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, () => { this.last = null; });
  }

  // fit sets the size to that of a picture; nothing is painted.
  fit(width, height) {
    Object.assign(this.canvas, { width, height });
    this.clear();
  }

  clear() {
    this.painted = false;
    this.id = "";
    $("maskpart").value = "";
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.show(true);
  }

  // load shows a mask that the lab keeps. It is used as it is until something is painted on it.
  async load(id) {
    const image = new Image();
    image.src = `/api/pictures/${id}/view.png?side=2048`;
    await image.decode();
    const { width, height } = this.canvas;
    this.painted = true;
    this.pen.globalCompositeOperation = "copy";
    this.pen.drawImage(image, 0, 0, width, height);
    const shown = this.pen.getImageData(0, 0, width, height);
    for (let i = 0; i < shown.data.length; i += 4) {
      const [r, g, b] = shown.data.subarray(i, i + 3);
      shown.data.set(r + g + b >= 382.5 ? [0, 0, 0, 0] : [20, 20, 30, 166], i);
    }
    this.pen.putImageData(shown, 0, 0);
    this.id = id;
    $("maskbox").open = true;
    this.show(true);
  }

  // show shows the mask, or hides it over a result until something is painted on it again.
  show(seen) {
    this.canvas.classList.toggle("away", !seen);
    this.place();
  }

  // place puts the mask over the picture while it has paint or is being painted.
  place() {
    const on = $("maskbox").open && this.canvas.width > 0;
    this.canvas.hidden = !on && !this.painted;
    this.canvas.classList.toggle("active", on);
  }

  at(e) {
    const box = this.canvas.getBoundingClientRect();
    return [(e.clientX - box.left) / box.width * this.canvas.width, (e.clientY - box.top) / box.height * this.canvas.height];
  }

  // begin dims everything before the first stroke.
  begin() {
    this.id = "";
    this.show(true);
    if (this.painted) return;
    this.painted = true;
    this.pen.globalCompositeOperation = "copy";
    this.pen.fillStyle = dim;
    this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  stroke(to) {
    this.begin();
    $("maskpart").value = "";
    const p = this.pen;
    p.globalCompositeOperation = "destination-out";
    p.strokeStyle = "#000";
    p.lineCap = "round";
    p.lineWidth = Number($("brush").value) / 100 * Math.max(this.canvas.width, this.canvas.height);
    const line = () => {
      p.beginPath();
      p.moveTo(...this.last);
      p.lineTo(to[0] + 0.01, to[1]);
      p.stroke();
    };
    line(); // taken away, and dimmed again if that is meant: so it does not get darker
    if (this.erasing) {
      p.globalCompositeOperation = "destination-over";
      p.strokeStyle = dim;
      line();
    }
    this.last = to;
  }

  // each sets what may change, pixel by pixel.
  each(f) {
    this.begin();
    const { width, height } = this.canvas, image = this.pen.getImageData(0, 0, width, height);
    for (let i = 0; i < width * height; i++) {
      const may = f(image.data[4 * i + 3] < 80, i % width / width, Math.floor(i / width) / height);
      image.data.set(may ? [0, 0, 0, 0] : [20, 20, 30, 166], 4 * i);
    }
    this.pen.putImageData(image, 0, 0);
  }

  part(name) {
    const parts = {
      top: (x, y) => y < 0.5, bottom: (x, y) => y >= 0.5, left: (x) => x < 0.5, right: (x) => x >= 0.5,
      middle: (x, y) => x >= 0.25 && x < 0.75 && y >= 0.25 && y < 0.75,
    };
    if (parts[name]) this.each((_, x, y) => parts[name](x, y));
    else this.clear();
  }

  // png is the mask as a file, white where pixels may change; null if all may.
  async png() {
    if (!this.painted) return null;
    const { width, height } = this.canvas, from = this.pen.getImageData(0, 0, width, height);
    const out = new OffscreenCanvas(width, height), pen = out.getContext("2d"), image = pen.createImageData(width, height);
    for (let i = 0; i < from.data.length; i += 4) {
      const v = from.data[i + 3] < 80 ? 255 : 0;
      image.data.set([v, v, v, 255], i);
    }
    pen.putImageData(image, 0, 0);
    return out.convertToBlob({ type: "image/png" });
  }
}
