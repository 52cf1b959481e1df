import { option, phrase } from "../message.ts";
import { count, file, folder, number, positive, text, texts, toggle } from "./kinds.ts";
import { ADAPTER_LIST, DRAIN, MEMORY, PRECISION } from "./machine.ts";
import { size, sizeText } from "./special_kinds.ts";
import type { Options } from "./table.ts";

const LIMITS = "Limits:";
const LARGEST_BODY = 4 * 2 ** 30;

/** On what a server or a worker computes. */
const MACHINE = { ...ADAPTER_LIST, ...MEMORY, ...PRECISION, ...DRAIN } as const satisfies Options;

/** `deno task serve`. */
export const SERVE = {
  port: {
    cli: number({ whole: true, least: 0, most: 65_535 }),
    help: "port; 0 takes a free one",
    default: 8000,
  },
  host: {
    cli: text("address"),
    help: "address to listen on; others than loopback need a token",
    default: "127.0.0.1",
  },
  data: { cli: folder, help: "where models, jobs and the queue are kept", default: "data" },
  queue: {
    cli: text("url"),
    help: "a queue shared with other servers: postgres://USER@HOST/DATABASE",
  },
  tokenFile: { cli: file, help: "a file with the token that clients must show" },
  name: {
    cli: texts("host"),
    help: "a name that clients call this server by; may be repeated",
    default: [],
  },
  page: { cli: toggle, help: "serve the API only", default: true },
  keepHours: {
    cli: positive,
    placeholder: "h",
    group: LIMITS,
    help: "hours for which ended jobs are kept",
    default: 24,
  },
  maxBody: {
    cli: size,
    group: LIMITS,
    help: "largest upload",
    default: LARGEST_BODY,
    usual: sizeText(LARGEST_BODY),
  },
  maxSamples: {
    cli: count,
    group: LIMITS,
    help: "most samples of a stack, sent or made",
    default: 16e9,
  },
  maxSlice: {
    cli: count,
    group: LIMITS,
    help: "most pixels of a slice that is predicted at once",
    default: 2048 ** 2,
  },
  maxMinutes: {
    cli: positive,
    placeholder: "n",
    group: LIMITS,
    help: "longest training, in minutes",
    default: 24 * 60,
  },
  queueLength: { cli: count, group: LIMITS, help: "most jobs that may wait", default: 100 },
  rate: {
    cli: positive,
    placeholder: "n",
    group: LIMITS,
    help: "most requests a second from one client",
    default: 50,
  },
  ...MACHINE,
} as const satisfies Options;

/** `zaugnet worker`. */
export const WORKER = {
  queue: {
    cli: text("url"),
    required: phrase`Name the servers' queue with ${
      option("queue", "postgres://USER@HOST/DATABASE")
    }.`,
    help: "the servers' queue: postgres://USER@HOST/DATABASE",
  },
  data: {
    cli: folder,
    required: phrase`Name the servers' data folder with ${option("data", "FOLDER")}.`,
    help: "the servers' data folder, as this machine sees it",
  },
  ...MACHINE,
} as const satisfies Options;
