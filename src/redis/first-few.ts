const SHOWN = 3;

/** The first names of a list for a sentence, and how many more there are. */
export function firstFew(names: readonly string[]): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `${names.slice(0, SHOWN).join(', ')}${more}`;
}
