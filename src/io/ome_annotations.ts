import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import type { ChannelDisplay, Kept } from "../stack/stack.ts";
import { colourOf } from "./lut.ts";
import type { OmeElement } from "./ome_xml.ts";

/** The namespace of provenance, and that of what ImageJ's files say and OME has no word for. */
export const EXTRAS_NAMESPACE = "zaugnet";
export const KEPT_NAMESPACE = "zaugnet/kept";

type Pairs = Readonly<Record<string, string>>;

/** What this project annotated when it wrote the file. */
export function keptOf(
  ome: OmeElement,
  channels: number,
): { readonly extras?: Pairs; readonly kept: Kept } {
  const [extras, kept] = [EXTRAS_NAMESPACE, KEPT_NAMESPACE].map((name) => pairsOf(ome, name));
  return { ...(extras && { extras }), kept: fromPairs(kept ?? {}, channels) };
}

function pairsOf(ome: OmeElement, namespace: string): Pairs | undefined {
  const own = ome.StructuredAnnotations?.[0].MapAnnotation
    ?.find((annotation) => annotation["@Namespace"] === namespace);
  const pairs = own?.Value?.[0].M ?? [];
  if (pairs.length === 0) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair["@K"] ?? "", pair["#text"] ?? ""]));
}

/** As pairs of texts; selections and overlays have none. */
export function toPairs({ info, labels, display, calibration }: Kept): Pairs {
  const pairs: Record<string, string> = {};
  if (info !== undefined) pairs.info = info;
  if (labels !== undefined) pairs.labels = JSON.stringify(labels);
  display?.forEach(({ lut, min, max }, c) => {
    // Where it goes straight to a colour, OME has an attribute for it.
    if (lut !== undefined && colourOf(lut) === undefined) pairs[`lut.${c + 1}`] = bytesToHex(lut);
    if (min !== undefined && max !== undefined) pairs[`range.${c + 1}`] = `${min} ${max}`;
  });
  if (calibration !== undefined) pairs.calibration = JSON.stringify(calibration);
  return pairs;
}

function fromPairs(pairs: Pairs, channels: number): Kept {
  const labels = parsed(pairs.labels);
  const calibration = parsed(pairs.calibration) as Kept["calibration"] | undefined;
  const display: ChannelDisplay[] = [];
  const shown = Object.keys(pairs).some((key) => /^(lut|range)\.\d+$/.test(key));
  for (let c = 1; shown && c <= channels; c++) {
    const [min, max] = (pairs[`range.${c}`] ?? "").split(" ").map(Number);
    const lut = pairs[`lut.${c}`] ?? "";
    display.push({
      ...(/^[0-9a-f]{1536}$/.test(lut) && { lut: hexToBytes(lut) }),
      ...(min <= max && { min, max }),
    });
  }
  return {
    ...(pairs.info !== undefined && { info: pairs.info }),
    ...(Array.isArray(labels) && { labels: labels.map(String) }),
    ...(display.length > 0 && { display }),
    ...(Array.isArray(calibration?.coefficients) && { calibration }),
  };
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
