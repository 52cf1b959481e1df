import type { ParameterSource } from "../nn/module.ts";
import type { NetworkWidths } from "../zaugnet/widths.ts";

/** Where both networks get their parameters from. */
export interface NetworkSources {
  readonly generator: ParameterSource;
  readonly critic: ParameterSource;
  /** The paper's where not given. */
  readonly widths?: NetworkWidths;
}
