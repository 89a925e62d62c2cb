const MAX_LENGTH = 8_192;

/** Fields as JSON text of bounded length: long values are cut and marked. */
export function plainJson(fields: Readonly<Record<string, string>>): string {
  const text = JSON.stringify(fields);
  if (text.length <= MAX_LENGTH) return text;
  const cut = Object.fromEntries(
    Object.entries(fields)
      .slice(0, 32)
      .map(([name, value]) => [
        name.slice(0, 64),
        value.length > 120 ? `${value.slice(0, 120)}… (${value.length} characters)` : value,
      ]),
  );
  return JSON.stringify(cut);
}
