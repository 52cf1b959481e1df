import type { ComputeStats } from "../service/compute.ts";
import type { Histogram } from "../service/job_times.ts";
import { JOB_STATES, type JobKind, type JobState } from "../service/queue.ts";

type Count = { readonly kind: JobKind; readonly state: JobState; readonly count: number };
type Labels = Readonly<Record<string, string | number>>;

const KINDS: readonly JobKind[] = ["prediction", "training"];

/** The service's numbers in Prometheus' text format. */
export function metricsText(counts: readonly Count[], stats: ComputeStats): string {
  const { slices, gpuBytes, gpuPeakBytes, times } = stats;
  return [
    ...head("zaugnet_jobs", "gauge", "Jobs that are kept, by kind and state."),
    ...KINDS.flatMap((kind) =>
      JOB_STATES.map((state) => {
        const found = counts.find((count) => count.kind === kind && count.state === state);
        // A series that comes and goes can't be watched.
        return line("zaugnet_jobs", { kind, state }, found?.count ?? 0);
      })
    ),
    ...head("zaugnet_slices_total", "counter", "Slices predicted since the start."),
    line("zaugnet_slices_total", {}, slices),
    ...head("zaugnet_gpu_bytes", "gauge", "Bytes in use on all devices."),
    line("zaugnet_gpu_bytes", {}, gpuBytes),
    ...head("zaugnet_gpu_peak_bytes", "gauge", "Their peak since the start."),
    line("zaugnet_gpu_peak_bytes", {}, gpuPeakBytes),
    ...head("zaugnet_job_queue_seconds", "histogram", "How long ended jobs waited."),
    ...times.flatMap(({ kind, outcome, queueSeconds }) =>
      histogram("zaugnet_job_queue_seconds", { kind, outcome }, queueSeconds)
    ),
    ...head("zaugnet_job_run_seconds", "histogram", "How long ended jobs ran."),
    ...times.flatMap(({ kind, outcome, runSeconds }) =>
      histogram("zaugnet_job_run_seconds", { kind, outcome }, runSeconds)
    ),
    "",
  ].join("\n");
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function histogram(name: string, labels: Labels, values: Histogram): string[] {
  return [
    ...values.bounds.map((le, i) => line(`${name}_bucket`, { ...labels, le }, values.counts[i])),
    line(`${name}_bucket`, { ...labels, le: "+Inf" }, values.count),
    line(`${name}_sum`, labels, values.sum),
    line(`${name}_count`, labels, values.count),
  ];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${text}"`);
  return `${name}${pairs.length > 0 ? `{${pairs}}` : ""} ${value}`;
}
