/** What is known of an adapter before a device is opened on it. */
export interface AdapterInfo {
  /** Position in the list of distinct adapters. */
  readonly index: number;
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  /** "software" runs on the CPU (lavapipe, SwiftShader, WARP): right, but slow. */
  readonly type: "gpu" | "software";
  readonly features: readonly string[];
  /** The largest buffer and the largest part of one that a shader can see, in bytes. */
  readonly maxBufferSize: number;
  readonly maxBindingSize: number;
  /** The size that every subgroup has, or 0 where it varies or there are none. */
  readonly subgroupSize: number;
  readonly gpuAdapter: GPUAdapter;
}

/** Subgroup sizes and the fallback mark, which the type library does not list yet. */
type ExtendedInfo = GPUAdapterInfo & {
  subgroupMinSize?: number;
  subgroupMaxSize?: number;
  isFallbackAdapter?: boolean;
};

const SOFTWARE = /llvmpipe|lavapipe|swiftshader|softpipe|warp|basic render/i;

function describe(gpuAdapter: GPUAdapter, index: number): AdapterInfo {
  const info = gpuAdapter.info as ExtendedInfo;
  const name = info.description || info.device || info.architecture || info.vendor || "unnamed";
  const software = info.isFallbackAdapter === true ||
    SOFTWARE.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
  const fixed = info.subgroupMinSize !== undefined &&
    info.subgroupMinSize === info.subgroupMaxSize;
  return {
    index,
    name,
    vendor: info.vendor,
    architecture: info.architecture,
    type: software ? "software" : "gpu",
    features: [...gpuAdapter.features].sort(),
    maxBufferSize: gpuAdapter.limits.maxBufferSize,
    maxBindingSize: Math.min(
      gpuAdapter.limits.maxStorageBufferBindingSize,
      gpuAdapter.limits.maxBufferSize,
    ),
    subgroupSize: fixed ? info.subgroupMinSize! : 0,
    gpuAdapter,
  };
}

/**
 * Lists the distinct adapters that WebGPU can reach from here, the preferred one first. WebGPU
 * answers one adapter per power preference, so a second card of the same preference stays hidden.
 */
export async function listAdapters(): Promise<AdapterInfo[]> {
  const gpu = (globalThis.navigator as Partial<Navigator> | undefined)?.gpu;
  if (!gpu) return [];
  const adapters: AdapterInfo[] = [];
  const seen = new Set<string>();
  const requests: GPURequestAdapterOptions[] = [
    { powerPreference: "high-performance" },
    { powerPreference: "low-power" },
    { forceFallbackAdapter: true },
  ];
  for (const request of requests) {
    const gpuAdapter = await gpu.requestAdapter(request);
    if (!gpuAdapter) continue;
    const { vendor, architecture, device, description } = gpuAdapter.info;
    const key = [vendor, architecture, device, description].join("/");
    if (seen.has(key)) continue;
    seen.add(key);
    adapters.push(describe(gpuAdapter, adapters.length));
  }
  return adapters;
}
