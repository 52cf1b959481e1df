import type { StackInfo } from "../core.ts";
import { PREDICT, type PredictionWish } from "../options/predict.ts";
import { unitOf } from "./display_text.ts";
import { byId } from "./dom.ts";
import { fieldOf, optionsOf } from "./option_fields.ts";

/** What the page asks of a prediction. */
export type PageWish = Pick<PredictionWish, "factor" | "spacing" | "per">;

type Target = "factor" | "isotropic" | "spacing";

/** The part of the form that says which slices are wanted, and of what intensities. */
export class WishForm {
  readonly #form = byId("run-form", HTMLFormElement);
  readonly #spacing = byId("spacing", HTMLInputElement);

  /** `onChange` hears of a step that is typed; all else is a change of the form. */
  constructor(onChange: () => void) {
    this.#nameTargets();
    byId("intensities", HTMLElement).append(fieldOf("per", PREDICT.per));
    this.#spacing.addEventListener("input", () => {
      this.#choice("spacing").checked = true;
      onChange();
    });
  }

  /** Steps can be asked for where the stack tells its own, and its pixels' for those as fine. */
  offer({ voxelSize }: StackInfo): void {
    const { x, z } = voxelSize;
    const targets = [["isotropic", z !== undefined && x !== undefined], ["spacing", !!z]] as const;
    for (const [target, offered] of targets) {
      const choice = this.#choice(target);
      choice.disabled = !offered;
      if (choice.checked && !offered) this.#choice("factor").checked = true;
    }
    this.#spacing.disabled = z === undefined;
    this.#spacing.value = z === undefined ? "" : String(z / 2);
    byId("spacing-unit", HTMLElement).textContent = unitOf(voxelSize);
  }

  /** False while what is asked for lacks its number. */
  get ready(): boolean {
    return this.#target() !== "spacing" || this.#spacing.valueAsNumber > 0;
  }

  wish(): PageWish {
    const per = new FormData(this.#form).get("per");
    const slices = this.#slices();
    return typeof per === "string" && per !== ""
      ? { ...slices, per: PREDICT.per.http.parse(per) }
      : slices;
  }

  #slices(): PageWish {
    switch (this.#target()) {
      case "isotropic":
        return { spacing: "isotropic" };
      case "spacing":
        return { spacing: this.#spacing.valueAsNumber };
      case "factor":
        return { factor: Number(byId("factor", HTMLSelectElement).value) };
    }
  }

  /** Says what can be asked for, as the table of options has it. */
  #nameTargets(): void {
    const { factor, spacing } = PREDICT;
    const labels = {
      factor: factor.page.label,
      isotropic: spacing.page.choices.isotropic,
      spacing: spacing.page.label,
    };
    for (const target of ["factor", "isotropic", "spacing"] as const) {
      this.#choice(target).nextElementSibling!.textContent = labels[target];
    }
    const select = byId("factor", HTMLSelectElement);
    select.replaceChildren(...optionsOf(factor.page.choices));
    select.setAttribute("aria-label", factor.page.label);
    this.#spacing.setAttribute("aria-label", spacing.page.label);
  }

  #choice(target: Target): HTMLInputElement {
    return this.#form.querySelector<HTMLInputElement>(`input[name=target][value=${target}]`)!;
  }

  #target(): Target {
    return new FormData(this.#form).get("target") as Target;
  }
}
