import assert from "assert";
import type { Finding } from "../../src/cli/doctor_findings.ts";
import { runCli, runCliWith } from "../support/cli.ts";

interface Report {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

Deno.test("doctor tells all that it looks at, holds a pass against PyTorch's numbers, and ends well", async () => {
  const { code, stdout, stderr } = await runCli("doctor", "--json");
  const { ok, findings }: Report = JSON.parse(stdout);
  assert.deepEqual([code, ok], [0, true], stderr);
  const subjects = findings.map(({ subject }) => subject);
  for (
    const subject of [
      ...["drivers", "model zaugnet", "model zaugnet+", "adapter 0", "taken", "limits"],
      ...["half precision", "self-test f32", "cache", "memory", "disk"],
    ]
  ) assert.ok(subjects.includes(subject), subject);
  for (const { state, advice } of findings) assert.equal(advice === undefined, state === "ok");
});

Deno.test("doctor without a driver says what to do, and ends with 1", async () => {
  const { code, stdout } = await runCliWith({ VK_DRIVER_FILES: "/nonexistent" }, "doctor");
  assert.equal(code, 1);
  assert.match(stdout, /^PROBLEM drivers: VK_DRIVER_FILES names \/nonexistent, where/m);
  assert.match(stdout, /^ +-> Correct VK_DRIVER_FILES, or unset it\.$/m);
  assert.match(stdout, /^PROBLEM adapter: WebGPU finds no adapter\.\n +-> /m);
  assert.match(stdout, /^2 problems, no warnings\.$/m);
});

Deno.test("doctor refuses an adapter that is not there as all commands do", async () => {
  const { code, stderr } = await runCli("doctor", "--adapter", "7");
  assert.equal(code, 2);
  assert.match(stderr, /^error: There is no adapter 7; there are 0 /);
});
