import type { StackInfo } from "../core.ts";
import { STACK_INPUT, type StackReading } from "../options/stack_input.ts";
import { byId } from "./dom.ts";

/** Asks what a stack is where its file does not say it: its axes, its voxel size. */
export class ReadingForm {
  readonly #place = byId("reading", HTMLElement);
  readonly #axes = byId("reading-axes", HTMLInputElement);
  readonly #voxelSize = byId("reading-voxel-size", HTMLInputElement);

  /** `onRead` hears how the stack is to be read, `tell` what is no axes or voxel size. */
  constructor(onRead: (reading: StackReading) => Promise<void>, tell: (error: unknown) => void) {
    byId("reading-apply", HTMLButtonElement).addEventListener("click", () => {
      try {
        onRead(this.#reading()).catch(tell);
      } catch (error) {
        tell(error);
      }
    });
  }

  /** Offers what the file left open; a new stack is asked about anew. */
  offer({ sizes, voxelSize }: StackInfo, reading: StackReading): void {
    const { z, x } = voxelSize;
    const isSaid = Object.keys(reading).length > 0;
    this.#place.hidden = !isSaid && sizes.z > 1 && z !== undefined && x !== undefined;
    if (isSaid) return;
    this.#axes.value = "";
    this.#voxelSize.value = "";
  }

  #reading(): StackReading {
    const [axes, voxelSize] = [this.#axes.value.trim(), this.#voxelSize.value.trim()];
    return {
      ...axes === "" ? {} : { axes: STACK_INPUT.axes.http.parse(axes) },
      ...voxelSize === "" ? {} : { voxelSize: STACK_INPUT.voxelSize.http.parse(voxelSize) },
    };
  }
}
