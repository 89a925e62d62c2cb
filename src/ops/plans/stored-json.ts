import { isJsonObject, jsonOrText } from '../../flow/0-json.js';
import type { Fields } from '../../flow/0-primitives.js';

export type Json = Readonly<Record<string, unknown>>;

/** The value of a text in Redis: one that is no JSON as it is; `undefined` for none. */
export const storedJson = (text: unknown): unknown =>
  typeof text !== 'string' || text === '' ? undefined : jsonOrText(text);

export const objectIn = (value: unknown): Json | undefined => (isJsonObject(value) ? value : undefined);

/** The steps that a result reports. */
export function stepResults(result: Fields | undefined): readonly Json[] {
  const steps = storedJson(result?.['steps_results']);
  return Array.isArray(steps) ? steps.filter(isJsonObject) : [];
}
