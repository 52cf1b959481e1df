/** How many channels the parts of a generator have. */
export interface GeneratorWidths {
  /** Of the three flow blocks, each even; the teacher has as many as the last. */
  readonly blocks: readonly number[];
  /**
   * Of the context's features at 1/2 of the image's size, a multiple of 4; each level below has
   * twice as many.
   */
  readonly context: number;
}

/** How many channels both networks have. */
export interface NetworkWidths {
  readonly generator: GeneratorWidths;
  /** Of what each of the critic's six halvings answers. */
  readonly critic: readonly number[];
}

/** The paper's. What is known of memory and speed was measured with them. */
export const PAPER_WIDTHS: NetworkWidths = {
  generator: { blocks: [240, 150, 90], context: 16 },
  critic: [32, 64, 128, 256, 512, 1024],
};

/** The shape of a parameter of a name, where there is one. */
export type ShapeOf = (name: string) => readonly number[] | undefined;

/** A generator's widths as its parameters' shapes tell them, the paper's where one is missing. */
export function generatorWidths(shapeOf: ShapeOf): GeneratorWidths {
  const { blocks, context } = PAPER_WIDTHS.generator;
  return {
    blocks: blocks.map((width, i) => shapeOf(`block${i}.conv0.1.0.weight`)?.[0] ?? width),
    context: shapeOf("contextnet.conv1.conv1.0.weight")?.[0] ?? context,
  };
}

/** A critic's, likewise. */
export function criticWidths(shapeOf: ShapeOf): readonly number[] {
  return PAPER_WIDTHS.critic.map((width, i) => shapeOf(`layers.${2 * i}.weight`)?.[0] ?? width);
}
