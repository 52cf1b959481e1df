import { Client, type ServerAdapter, type ServerModel } from "./client.ts";

/** A model of a static site. */
export interface SiteModel extends ServerModel {
  /** Its path from the page. */
  readonly file: string;
}

/** The stack of a static site. */
export const SITE_EXAMPLE = "example/nuclear_envelope_fly_embryo.tif";

/** True where the page lies on a static host: there are files, and nobody computes. */
export function isSite(): boolean {
  return document.documentElement.dataset.site !== undefined;
}

/** The files of a static site, as a service would offer them. */
export class SiteClient extends Client {
  override readonly computes = false;

  constructor() {
    super(() => Promise.resolve(undefined));
  }

  override async models(): Promise<readonly SiteModel[]> {
    return await this.json("models/models.json");
  }

  override adapters(): Promise<readonly ServerAdapter[]> {
    return Promise.resolve([]);
  }

  override async model(name: string, signal: AbortSignal): Promise<Blob> {
    const model = (await this.models()).find((model) => model.name === name);
    if (!model) throw new Error(`The site has no model ${name}`);
    return await this.blob(model.file, { signal });
  }
}
