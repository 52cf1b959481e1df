/**
 * What a user is told, in parts: text, options and places. Plain data, so that it passes between
 * threads and through JSON as it is; each face writes options in its own way, by {@link render}.
 */
export type Message = string | readonly MessagePart[];

export type MessagePart = string | OptionPart | PlacePart;

/** An option, and the value that is spoken of, if one is. */
export interface OptionPart {
  /** As the API calls it: "lambdaAdv". */
  readonly option: string;
  readonly value?: OptionValue;
}

export type OptionValue = number | string | readonly number[];

/** A place in a stack, in numbers that count from 1, as every face shows them. */
export interface PlacePart {
  readonly place: Place;
}

/** Where in a stack: in code, indices from 0. */
export interface Place {
  readonly slice?: number;
  /** Of a run of slices, the last one. */
  readonly lastSlice?: number;
  readonly channel?: number;
  readonly frame?: number;
}

/** How a way to use the program writes what messages speak of. */
export interface Face {
  /** `begins` says that the option stands at the beginning of a sentence. */
  option(part: OptionPart, begins: boolean): string;
}

/** For those who call the API: `lambdaAdv: 0`. */
const PROGRAM: Face = {
  option: ({ option, value }) =>
    value === undefined ? option : `${option}: ${JSON.stringify(value)}`,
};

/** Names an option in a message. */
export function option(name: string, value?: OptionValue): OptionPart {
  return value === undefined ? { option: name } : { option: name, value };
}

/** Names a place of a stack, of indices from 0, in a message. */
export function place(at: Place): PlacePart {
  return { place: numbered(at) };
}

/**
 * A message from a template, such as phrase`Train without a critic (${option("lambdaAdv", 0)}).`
 * A line break of the template, and the white space around it, is one space.
 */
export function phrase(
  texts: TemplateStringsArray,
  ...values: readonly (Message | MessagePart | number)[]
): Message {
  return joined(texts.flatMap((text, i) => {
    const line = text.replaceAll(/\s*\n\s*/g, " ");
    return i < values.length ? [line, values[i]] : [line];
  }));
}

/** Messages one after another as one. */
export function joined(
  messages: readonly (Message | MessagePart | number)[],
  between = "",
): Message {
  const parts: MessagePart[] = [];
  const add = (part: MessagePart) => {
    const last = parts.at(-1);
    if (part === "") return;
    if (typeof part === "string" && typeof last === "string") parts[parts.length - 1] += part;
    else parts.push(part);
  };
  messages.forEach((message, i) => {
    if (i > 0) add(between);
    if (typeof message === "number") add(String(message));
    else if (typeof message === "string" || !isList(message)) add(message);
    else message.forEach(add);
  });
  return parts.every((part) => typeof part === "string") ? parts.join("") : parts;
}

/** A message in the words of a face; without one, in those of the API. */
export function render(message: Message, face: Face = PROGRAM): string {
  if (typeof message === "string") return message;
  let text = "";
  for (const part of message) {
    if (typeof part === "string") text += part;
    else if ("place" in part) text += wordsOfPlace(part.place);
    else text += face.option(part, /(^|[.!?] )$/.test(text));
  }
  return text;
}

/** "slices 3 to 4 of channel 2 of frame 1": where it is, as far as it was told, from indices. */
export function placeInWords(at: Place): string {
  return wordsOfPlace(numbered(at));
}

/** Indices as the numbers that users count by, from 1. */
function numbered(at: Place): Place {
  return Object.fromEntries(
    Object.entries(at).flatMap(([name, index]) => index === undefined ? [] : [[name, index + 1]]),
  );
}

function wordsOfPlace({ slice, lastSlice, channel, frame }: Place): string {
  const several = slice !== undefined && lastSlice !== undefined && lastSlice !== slice;
  return [
    ...slice === undefined
      ? []
      : several
      ? [`slices ${slice} to ${lastSlice}`]
      : [`slice ${slice}`],
    ...channel === undefined ? [] : [`channel ${channel}`],
    ...frame === undefined ? [] : [`frame ${frame}`],
  ].join(" of ");
}

/** A message with its texts changed, those of options' values included. */
export function withTexts(message: Message, change: (text: string) => string): Message {
  if (typeof message === "string") return change(message);
  return message.map((part) => {
    if (typeof part === "string") return change(part);
    if ("place" in part || typeof part.value !== "string") return part;
    return { ...part, value: change(part.value) };
  });
}

/** Whether what came out of JSON is a message. */
export function isMessage(value: unknown): value is Message {
  return typeof value === "string" || Array.isArray(value) && value.every(isPart);
}

/** An option's value as flags and queries take it. */
export function valueText(value: OptionValue): string {
  return typeof value === "object" ? value.join(",") : String(value);
}

/** "lambdaAdv" as flags and queries are named: "lambda-adv". */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function isPart(value: unknown): value is MessagePart {
  if (typeof value === "string") return true;
  if (typeof value !== "object" || value === null) return false;
  if ("place" in value) return typeof value.place === "object" && value.place !== null;
  return "option" in value && typeof value.option === "string";
}

/** Array.isArray() does not know readonly arrays. */
function isList(message: Message | MessagePart): message is readonly MessagePart[] {
  return Array.isArray(message);
}
