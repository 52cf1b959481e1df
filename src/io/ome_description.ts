import { omeUnit } from "./length_units.ts";
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
  const { sizes, channelNames, extras = {} } = output;
  const channels = Array.from({ length: sizes.c }, (_, c) => {
    const name = channelNames?.[c];
    const attributes = { ID: `Channel:0:${c}`, SamplesPerPixel: 1, Name: name };
    return element("Channel", attributes);
  });
  const planes = sizes.c * sizes.z * sizes.t;
  const data = element("TiffData", { IFD: 0, PlaneCount: planes });
  const pixels = element("Pixels", pixelsAttributes(output), channels.join("") + data);
  const annotated = Object.keys(extras).length > 0;
  const link = annotated ? element("AnnotationRef", { ID: "Annotation:0" }) : "";
  const image = element("Image", { ID: "Image:0", Name: "Image0" }, pixels + link);
  const annotations = annotated ? element("StructuredAnnotations", {}, annotation(extras)) : "";
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

function annotation(extras: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(extras).map(([key, value]) =>
    element("M", { K: key }, escapeXml(value))
  );
  const attributes = { ID: "Annotation:0", Namespace: "zaugnet" };
  return element("MapAnnotation", attributes, element("Value", {}, pairs.join("")));
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
