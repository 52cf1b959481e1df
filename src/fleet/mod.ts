/** Several adapters of one machine that work as one. */
export { type Card, chooseCards, listCards } from "./cards.ts";
export { choosesBySlot, driverFiles, pciCards } from "./drivers.ts";
export { type Fleet, fleetCards, type FleetOptions, openFleet } from "./fleet.ts";
export { ReplicatedTrainer } from "./replicas.ts";
export type { ModelFile } from "./network_worker.ts";
