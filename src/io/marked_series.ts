import type { Dialect, OpenTiff } from "./description.ts";
import { groupPages, sizesOf } from "./page_planes.ts";
import { describePages } from "./plain_series.ts";
import { storedType } from "./tiff_layout.ts";

/** Programs whose mark is known, and whose order of planes is not: by tag, or by a text. */
const TAGS: readonly (readonly [tag: number, program: string])[] = [
  [34361, "Olympus FluoView"],
  [34362, "Olympus FluoView"],
  [33560, "Olympus SIS (cellSens)"],
  [33471, "Olympus SIS (cellSens)"],
  [65420, "Hamamatsu NDP"],
  [4864, "Andor"],
  [43314, "NIH Image"],
  [37706, "TVIPS"],
  [34118, "Zeiss SmartSEM"],
  [34680, "FEI"],
  [34682, "FEI"],
  [65027, "Gatan DigitalMicrograph"],
  [65330, "Nikon NIS-Elements"],
  [65326, "Nikon NIS-Elements"],
  [50288, "Media Cybernetics"],
  [65001, "Thermo Fisher EER"],
];

const TEXTS: readonly (readonly [text: RegExp, program: string])[] = [
  [/^Aperio /, "Aperio"],
  [/leica-microsystems\.com\/scn|<scn[\s>]/, "Leica SCN"],
  [/^PerkinElmer-QPI|<PerkinElmer-QPI/, "PerkinElmer QPI"],
  [/^Ventana|^ScanOutputManager|<iScan/, "Ventana"],
  [/^Philips DP/, "Philips"],
  [/^SlideBook|3i SlideBook/i, "SlideBook"],
  [/<MetaData>[^]*MetaMorph|^MetaSeries/, "MetaSeries"],
  [/^ISS Vista/, "ISS Vista"],
  [/\bVolocity\b/, "Volocity"],
  [/^LaVision|Imspector/, "Imspector"],
  [/^LAS[ _]?(AF|X)|<LAS_?AF|Leica Application Suite/i, "Leica LAS"],
  [/^\[(Version Info|Intensity|Acquisition)/, "Olympus or Hamamatsu"],
  [/<ThorImage|^ThorImage/i, "ThorImage"],
  [/^Prairie|<PVScan/i, "Bruker Prairie View"],
  [/^NIS-Elements/, "Nikon NIS-Elements"],
  [/^AxioVision|Carl Zeiss (ZEN|AxioVision)/i, "Zeiss AxioVision or ZEN"],
  [/<BitplaneBPSLIDESVIEWER|Bitplane|^Imaris/i, "Imaris"],
];

/** Characters of a text in which a mark is looked for. */
const LOOKED_AT = 2 ** 16;

/** A mark whose axes are not understood: one plane is one plane, several are refused by name. */
export const marked: Dialect = {
  claims: (tiff) => programOf(tiff) !== undefined,
  series: (tiff) =>
    groupPages(tiff.pages).map((pages) => {
      const [{ layout }] = pages;
      const format = programOf(tiff)!;
      return {
        name: format,
        sizes: sizesOf(layout, [{ axis: "Z", size: pages.length }]),
        storedType: storedType(layout),
        describe: (notes) => ({
          ...describePages(tiff, pages, notes),
          format,
          ...(pages.length > 1 && { axes: { unknown: "its order of planes is not known here" } }),
        }),
      };
    }),
};

function programOf({ fields: { entries, software, descriptions } }: OpenTiff): string | undefined {
  const tagged = TAGS.find(([tag]) => entries.has(tag));
  if (tagged !== undefined) return tagged[1];
  const texts = [software, ...descriptions].map((text) => text.slice(0, LOOKED_AT));
  return TEXTS.find(([text]) => texts.some((each) => text.test(each)))?.[1];
}
