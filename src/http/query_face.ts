import { type Face, kebabCase, type Message, render, valueText } from "../core.ts";

/** Options as a query names them: `lambda-adv=0`. */
const QUERY: Face = {
  option: ({ option, value }) => {
    const name = kebabCase(option);
    return value === undefined ? name : `${name}=${valueText(value)}`;
  },
};

/** A message for a client, as a sentence that ends as one. */
export function sentence(said: Message): string {
  const text = render(said, QUERY);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** The parts of a message that speaks of options or places; undefined of one that is text alone. */
export function partsOf(said: Message): Exclude<Message, string> | undefined {
  return typeof said === "string" ? undefined : said;
}
