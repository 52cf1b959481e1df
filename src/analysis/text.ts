/** Rows as lines of text: the first column to the left, numbers to the right. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows];
  const widths = header.map((_, i) =>
    cells.reduce((most, row) => Math.max(most, row[i].length), 0)
  );
  return cells
    .map((row) =>
      row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ")
        .trimEnd()
    )
    .join("\n");
}

/** A number with this many significant digits; a dash where there is none. */
export function digits(value: number | undefined, count = 4): string {
  if (value === undefined || Number.isNaN(value)) return "–";
  return Math.abs(value) >= 10 ** count ? value.toFixed(0) : value.toPrecision(count);
}

/** Rows as CSV, every number in full; what is undefined stays empty. */
export function csv(
  header: readonly string[],
  rows: readonly (readonly (number | string | undefined)[])[],
): string {
  const cell = (value: number | string | undefined) =>
    typeof value === "string" ? `"${value.replaceAll('"', '""')}"` : `${value ?? ""}`;
  return [header.join(","), ...rows.map((row) => row.map(cell).join(",")), ""].join("\n");
}
