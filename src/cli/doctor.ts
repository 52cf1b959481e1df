import { Command } from "commander";
import deno from "../../deno.json" with { type: "json" };
import { examine, type Finding } from "./doctor_findings.ts";
import type { OptionsOf } from "../options/table.ts";
import { DOCTOR } from "../options/tools.ts";
import { addFlags } from "./flags.ts";

const WORDS: Readonly<Record<Finding["state"], string>> = {
  ok: "ok",
  warning: "WARNING",
  problem: "PROBLEM",
};

export function doctorCommand(): Command {
  const command = new Command("doctor")
    .summary("say whether this machine can predict, and what to do where not")
    .description(
      "Looks at drivers, models, adapters, memory, disk and cache, holds a pass of the network " +
        "against PyTorch's numbers, and says what to do about each problem. Exit code 1 where " +
        "there is one.",
    );
  return addFlags(command, DOCTOR).action(run);
}

async function run({ adapter, json }: OptionsOf<typeof DOCTOR>): Promise<void> {
  const { os, arch } = Deno.build;
  const program = `zaugnet ${deno.version}, Deno ${Deno.version.deno}, ${os} ${arch}`;
  if (!json) console.log(program);
  const findings: Finding[] = [];
  for await (const finding of examine(adapter)) {
    findings.push(finding);
    if (!json) print(finding);
  }
  const count = (state: Finding["state"]) => findings.filter((one) => one.state === state).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  if (json) console.log(JSON.stringify({ program, ok: problems === 0, findings }, null, 1));
  else console.log(`${counted(problems, "problem")}, ${counted(warnings, "warning")}.`);
  if (problems > 0) Deno.exitCode = 1;
}

function print({ subject, state, said, advice }: Finding): void {
  console.log(`${WORDS[state].padEnd(8)}${subject}: ${said}`);
  if (advice !== undefined) console.log(`${" ".repeat(8)}-> ${advice}`);
}

function counted(count: number, what: string): string {
  return `${count === 0 ? "no" : count} ${what}${count === 1 ? "" : "s"}`;
}
