import type { Dialect } from "./description.ts";
import { imageJ } from "./imagej_series.ts";
import { lsm } from "./lsm_series.ts";
import { marked } from "./marked_series.ts";
import { metaMorph } from "./metamorph_series.ts";
import { microManager } from "./micromanager_series.ts";
import { ndTiff } from "./ndtiff_series.ts";
import { ome } from "./ome_series.ts";
import { plain } from "./plain_series.ts";
import { scanImage } from "./scanimage_series.ts";
import { scifio } from "./scifio_series.ts";
import { tifffile } from "./tifffile_series.ts";

/**
 * Every program whose files are known, the more telling mark first: OME-XML says of each plane what
 * it is, and many files that carry it carry ImageJ's or Micro-Manager's text too.
 */
export const DIALECTS: readonly Dialect[] = [
  ome,
  ndTiff,
  lsm,
  metaMorph,
  scanImage,
  microManager,
  imageJ,
  scifio,
  tifffile,
  marked,
  plain,
];
