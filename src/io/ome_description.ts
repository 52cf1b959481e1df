import { omeUnit } from "./length_units.ts";
import { colourOf } from "./lut.ts";
import { EXTRAS_NAMESPACE, KEPT_NAMESPACE, toPairs } from "./ome_annotations.ts";
import { escapeXml } from "./xml.ts";
import type { StackOutput } from "./stack_output.ts";

const NAMESPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06";
const TYPES = { uint8: "uint8", uint16: "uint16", float32: "float" } as const;

/** OME's names for units of time, by the names that files use. */
const TIME_UNITS: Readonly<Record<string, string>> = {
  s: "s",
  sec: "s",
  second: "s",
  ms: "ms",
  msec: "ms",
  min: "min",
  minute: "min",
  h: "h",
  hour: "h",
};

/** The OME-XML of a stack whose planes follow each other as XYCZT in one file. */
export function omeDescription(output: StackOutput): string {
  const { sizes, channelNames, extras = {}, kept = {} } = output;
  const channels = Array.from({ length: sizes.c }, (_, c) => {
    const lut = kept.display?.[c].lut;
    return element("Channel", {
      ID: `Channel:0:${c}`,
      SamplesPerPixel: 1,
      Name: channelNames?.[c],
      Color: lut && signedColour(colourOf(lut)),
    });
  });
  const planes = sizes.c * sizes.z * sizes.t;
  const data = element("TiffData", { IFD: 0, PlaneCount: planes });
  const pixels = element("Pixels", pixelsAttributes(output), channels.join("") + data);
  const groups = [[EXTRAS_NAMESPACE, extras], [KEPT_NAMESPACE, toPairs(kept)]] as const;
  const used = groups.filter(([, pairs]) => Object.keys(pairs).length > 0);
  const links = used.map((_, i) => element("AnnotationRef", { ID: `Annotation:${i}` })).join("");
  const image = element("Image", { ID: "Image:0", Name: "Image0" }, pixels + links);
  const annotations = used.length === 0 ? "" : element(
    "StructuredAnnotations",
    {},
    used.map(([namespace, pairs], i) => annotation(i, namespace, pairs)).join(""),
  );
  const schema = {
    xmlns: NAMESPACE,
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": `${NAMESPACE} ${NAMESPACE}/ome.xsd`,
  };
  return '<?xml version="1.0" encoding="UTF-8"?>' + element("OME", schema, image + annotations);
}

function pixelsAttributes({ sizes, sampleType, voxelSize, frameInterval }: StackOutput) {
  const unit = omeUnit(voxelSize.unit);
  const physical = Object.entries({ X: voxelSize.x, Y: voxelSize.y, Z: voxelSize.z })
    .filter(([, size]) => size !== undefined)
    .flatMap(([axis, size]) => [
      [`PhysicalSize${axis}`, size],
      [`PhysicalSize${axis}Unit`, unit],
    ]);
  // A time in a unit that OME does not know would be read as seconds: better to leave it out.
  const timeUnit = frameInterval && TIME_UNITS[frameInterval.unit];
  return {
    ID: "Pixels:0",
    DimensionOrder: "XYCZT",
    Type: TYPES[sampleType],
    BigEndian: "false",
    SizeX: sizes.x,
    SizeY: sizes.y,
    SizeZ: sizes.z,
    SizeC: sizes.c,
    SizeT: sizes.t,
    ...Object.fromEntries(physical),
    TimeIncrement: timeUnit && frameInterval.value,
    TimeIncrementUnit: timeUnit,
  };
}

/** OME's colours are red, green, blue and alpha in the 32 bits of a number with a sign. */
function signedColour(colour: readonly [number, number, number] | undefined): number | undefined {
  if (colour === undefined) return undefined;
  const [red, green, blue] = colour;
  return red << 24 | green << 16 | blue << 8 | 255;
}

function annotation(
  index: number,
  namespace: string,
  pairs: Readonly<Record<string, string>>,
): string {
  const items = Object.entries(pairs).map(([key, value]) =>
    element("M", { K: key }, escapeXml(value))
  );
  const attributes = { ID: `Annotation:${index}`, Namespace: namespace };
  return element("MapAnnotation", attributes, element("Value", {}, items.join("")));
}

function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content = "",
): string {
  const given = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`)
    .join("");
  return content === "" ? `<${name}${given}/>` : `<${name}${given}>${content}</${name}>`;
}
