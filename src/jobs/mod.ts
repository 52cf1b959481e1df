/** Work from file to file, and the service's jobs: what the faces share. */
export * from "./adapters.ts";
export * from "./files.ts";
export * from "./format.ts";
export { readPositions } from "./positions.ts";
export * from "./predict_file.ts";
export { mergeParts, type MergeReport } from "./merge.ts";
export { provenanceOf } from "./provenance.ts";
export * from "./queue.ts";
export { type MetricsLine, RunFolder } from "./run_folder.ts";
export { itemsOf, type Shard } from "./shard.ts";
export { predictShard, ShardInterruptedError, type ShardReport } from "./shard_file.ts";
export * from "./train_config.ts";
export { openData } from "./train_data.ts";
export * from "./train_options.ts";
export * from "./train_run.ts";
export type { TrainingObserver } from "./train_session.ts";
