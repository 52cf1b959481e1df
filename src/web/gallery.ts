import { type Client, ServerError } from "./client.ts";
import { byId } from "./dom.ts";

const UPDATE_MS = 3000;

/** What a training shows while it runs: its curves and the latest picture of held-out slices. */
export class Gallery {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  clear(): void {
    byId("validation", HTMLElement).hidden = true;
    byId("curves", HTMLElement).hidden = true;
  }

  /** Keeps both up to date until stopped; what fails is tried again at the next time. */
  watch(path: string, signal: AbortSignal): { stop(): void } {
    const update = () => this.update(path, signal).catch(() => {});
    const timer = setInterval(update, UPDATE_MS);
    update();
    return { stop: () => clearInterval(timer) };
  }

  async update(path: string, signal: AbortSignal): Promise<void> {
    const [curves, picture] = await Promise.all(
      ["curves", "validation.png"].map((name) => this.#fetch(`${path}/${name}`, signal)),
    );
    if (signal.aborted) return;
    if (curves) this.#showCurves(await curves.text());
    if (picture) this.#showPicture(picture);
    if (curves || picture) byId("gallery-empty", HTMLElement).hidden = true;
  }

  /** Undefined where the training has not come so far. */
  async #fetch(path: string, signal: AbortSignal): Promise<Blob | undefined> {
    try {
      return await this.#client.blob(path, { signal });
    } catch (error) {
      if (error instanceof ServerError && [404, 409].includes(error.status)) return undefined;
      throw error;
    }
  }

  #showCurves(text: string): void {
    const { documentElement: svg } = new DOMParser().parseFromString(text, "image/svg+xml");
    if (!(svg instanceof SVGSVGElement)) return;
    const [width, height] = ["width", "height"].map((name) => svg.getAttribute(name));
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const place = byId("curves", HTMLElement);
    place.replaceChildren(svg);
    place.hidden = false;
  }

  #showPicture(picture: Blob): void {
    const image = byId("validation-picture", HTMLImageElement);
    if (image.src) URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(picture);
    byId("validation", HTMLElement).hidden = false;
  }
}
