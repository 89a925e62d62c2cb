/** `EVERY_POINT=1` tries every member of a family of like cases; every run tries the first and, where there are many, some more. */
export const EVERY_POINT = process.env['EVERY_POINT'] === '1';

/** Every `step`-th of these, beginning with the first. */
export function points<T>(all: readonly T[], step = all.length): T[] {
  return all.filter((_, at) => EVERY_POINT || at % step === 0);
}
