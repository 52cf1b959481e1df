import { above, AMPLIFIED, difference, greyImage, PANEL_WIDTH } from "../evaluation/picture.ts";
import { contrastRange, type GreyImage, magnify, sideBySide, xzView } from "../stack/views.ts";
import type { ValidationRow, ValidationSample } from "./validation.ts";

/**
 * before | predicted | truth | difference, four times amplified: above a held-out slice in XY, and
 * below the middle rows of all held-out slices in XZ, where there are several.
 */
export function validationPicture(sample: ValidationSample): GreyImage {
  const { before, predicted, truth, rows, width, zStep } = sample;
  const range = contrastRange(Float32Array.from(truth));
  const reach: [number, number] = [0, (range[1] - range[0]) / AMPLIFIED];
  const times = Math.max(1, Math.round(PANEL_WIDTH / width));
  const strip = (panels: GreyImage[]) =>
    panels.map((panel) => magnify(panel, times)).reduce(sideBySide);
  const planes = strip([
    ...[before, predicted, truth].map((plane) => greyImage(plane, width, range)),
    greyImage(difference(predicted, truth), width, reach),
  ]);
  if (rows.length < 2) return planes;
  const step = zStep * (rows[rows.length - 1].z - rows[0].z) / (rows.length - 1);
  const cut = (row: (of: ValidationRow) => Float32Array, shades = range) =>
    xzView(rows.map((of) => Float32Array.from(row(of))), {
      width,
      y: 0,
      zStep: step,
      xStep: 1,
      range: shades,
    });
  return above(
    planes,
    strip([
      cut((row) => row.before),
      cut((row) => row.predicted),
      cut((row) => row.truth),
      cut((row) => difference(row.predicted, row.truth), reach),
    ]),
  );
}
