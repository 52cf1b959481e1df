import { Device } from "../../mod.ts";
import { chooseAdapter } from "../jobs/adapters.ts";
import { say } from "./terminal.ts";

/** The flags that choose a device, as commander gives them. */
export interface DeviceFlags {
  readonly adapter?: string;
  readonly memory?: number;
}

/** Opens the chosen device and says which it is, and when it is only software. */
export async function openDevice({ adapter: wanted, memory }: DeviceFlags): Promise<Device> {
  const adapter = await chooseAdapter(wanted);
  say(`Adapter: ${adapter.name}`);
  if (adapter.type === "software") {
    say("WARNING: this is a software adapter: it computes on the CPU, right but slowly.");
  }
  return await Device.open(adapter, { memoryLimit: memory });
}
