import { InputError, option, phrase } from "../../src/core.ts";
import { answerCalls } from "../../src/fleet/calls.ts";

answerCalls({
  refuse() {
    throw new InputError(phrase`Take ${option("tile", 64)}.`);
  },
  fail() {
    throw new RangeError("a fault of ours");
  },
  close() {},
});
