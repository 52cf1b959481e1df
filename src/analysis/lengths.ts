import { type MaskOptions, overlapOfFilaments } from "./filament_mask.ts";
import { type Filament, filamentLength, type FilamentSet, VOXELS } from "./filaments.ts";
import { commonSpacing, type Spacing } from "./label_stack.ts";
import { type Distribution, distribution } from "./distribution.ts";

/** The filaments of one sample, measured. */
export interface FilamentLengths {
  readonly name: string;
  /** Lengths in the spacing's unit, of those that are long enough, longest first. */
  readonly lengths: readonly number[];
  readonly summary: Distribution;
  /** Filaments shorter than was asked for. */
  readonly tooShort: number;
}

/** Two samples beside each other. */
export interface LengthComparison {
  /** In voxels where no voxel size is known. */
  readonly spacing: Spacing;
  readonly a: FilamentLengths;
  readonly b: FilamentLengths;
  /** Intersection over union of the filaments, dilated and smoothed: 0..1. */
  readonly iou: number;
}

export interface LengthOptions extends MaskOptions {
  /** Filaments shorter than this, in the spacing's unit, are left out. */
  readonly minLength: number;
  readonly signal?: AbortSignal;
}

/**
 * Compares numbers, lengths and places of the filaments of two samples. Throws an InputError where
 * both come from stacks of different sizes or spacings; a spacing that one of them states holds for
 * both.
 */
export async function compareLengths(
  a: FilamentSet,
  b: FilamentSet,
  { minLength, signal, ...mask }: LengthOptions,
): Promise<LengthComparison> {
  const spacing = commonSpacing(a, b) ?? VOXELS;
  const long = (filament: Filament) => filamentLength(filament, spacing) >= minLength;
  const kept = [a.filaments.filter(long), b.filaments.filter(long)] as const;
  const measure = ({ name, filaments }: FilamentSet, kept: readonly Filament[]) => {
    const lengths = kept.map((filament) => filamentLength(filament, spacing)).sort((p, q) => q - p);
    return {
      name,
      lengths,
      summary: distribution(lengths),
      tooShort: filaments.length - kept.length,
    };
  };
  return {
    spacing,
    a: measure(a, kept[0]),
    b: measure(b, kept[1]),
    iou: await overlapOfFilaments(...kept, mask, signal),
  };
}
