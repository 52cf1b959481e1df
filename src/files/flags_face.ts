import { type Face, kebabCase, valueText } from "../core.ts";

/** Options as a command line takes them: `--lambda-adv 0`. */
export const FLAGS: Face = {
  option: ({ option, value }) => {
    const flag = `--${kebabCase(option)}`;
    return value === undefined ? flag : `${flag} ${valueText(value)}`;
  },
};
