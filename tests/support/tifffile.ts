const PYTHON = "/usr/bin/python3";

/** What tifffile sees in a file. */
export interface TifffileView {
  readonly axes: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Of the values, last axis fastest. */
  readonly sha256: string;
  /** ImageJ's z step, or OME's. */
  readonly spacing: number;
}

const SCRIPT = `
import hashlib, json, sys, tifffile
import xml.etree.ElementTree as tree
views = []
for path in sys.argv[1:]:
    with tifffile.TiffFile(path) as tif:
        series = tif.series[0]
        if tif.is_ome:
            pixels = next(e for e in tree.fromstring(tif.ome_metadata).iter() if e.tag.endswith('Pixels'))
            spacing = float(pixels.get('PhysicalSizeZ'))
        else:
            spacing = tif.imagej_metadata['spacing']
        data = series.asarray()
        views.append(dict(axes=series.axes, shape=series.shape, dtype=str(data.dtype),
                          sha256=hashlib.sha256(data.tobytes()).hexdigest(), spacing=spacing))
print(json.dumps(views))
`;

/** Whether python3 with tifffile is there; says loudly where not. */
export function hasTifffile(): boolean {
  try {
    const args = ["-c", "import tifffile"];
    const { success } = new Deno.Command(PYTHON, { args, stderr: "null" }).outputSync();
    if (success) return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  console.warn("SKIPPED: the tests against tifffile: python3 with tifffile is not installed");
  return false;
}

/** Opens files with tifffile. */
export function tifffileViews(...paths: string[]): TifffileView[] {
  const args = ["-c", SCRIPT, ...paths];
  const { stdout, stderr, success } = new Deno.Command(PYTHON, { args }).outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
