/** The values in their order, in parts of at most `size`: for scripts that take a limited number of keys. */
export function inParts<T>(values: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, at) => values.slice(at * size, (at + 1) * size));
}
