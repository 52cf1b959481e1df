import { basename } from "node:path";
import { type AdapterInfo, Device, InputError } from "../core.ts";
import { ENOUGH_FID_IMAGES, type Fid, FidCollector } from "../evaluation/fid.ts";
import { InceptionFeatures } from "../inception/inception_features.ts";
import { readInception } from "../inception/inception_weights.ts";
import { readWhole } from "../files/local_files.ts";
import { sha256 } from "../files/provenance.ts";
import { say } from "./terminal.ts";

/** Inception-v3 at work on the slices of an evaluation. */
export interface Inception {
  readonly collector: FidCollector;
  /** What a report says of it. */
  readonly facts: Readonly<Record<string, string>>;
  /** The distances; says where images are too few for them. */
  result(): Fid;
  close(): void;
}

const KINDS = {
  torchvision: "torchvision's network, whose FID is not that of the literature",
  fid: "the network of FID (TensorFlow, 2015, as pytorch-fid converts it)",
};

/** Opens Inception-v3 on a separate device, where a FID is asked for. */
export async function openInception(
  { fid, inception: path, memory }: { fid?: boolean; inception?: string; memory?: number },
  adapter: AdapterInfo,
): Promise<Inception | undefined> {
  if (!fid) {
    if (path) throw new InputError("--inception is for --fid: give both.");
    return undefined;
  }
  if (!path) {
    throw new InputError(
      "--fid needs --inception FILE, the weights of Inception-v3 as torchvision or pytorch-fid " +
        "have them; nothing is downloaded.",
    );
  }
  const bytes = await readWhole(path);
  const weights = readInception(bytes, basename(path));
  say(`Inception-v3: ${KINDS[weights.kind]}.`);
  // Of its own, so that the network's memory is planned as without it.
  const device = await Device.open(adapter, { memoryLimit: memory });
  const collector = new FidCollector(new InceptionFeatures(device, weights));
  return {
    collector,
    facts: {
      "Inception-v3": `${basename(path)}, ${KINDS[weights.kind]}`,
      "SHA-256 of Inception-v3": await sha256(bytes),
    },
    result() {
      const { result } = collector;
      if (result.images < ENOUGH_FID_IMAGES) {
        say(
          `Note: FID of ${result.images} images is biased: below ${ENOUGH_FID_IMAGES}, compare ` +
            "the methods of this run only.",
        );
      }
      return result;
    },
    close: () => device.close(),
  };
}
