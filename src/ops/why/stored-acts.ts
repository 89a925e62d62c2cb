import type { Act, WhyFacts } from '../../gates/why/facts.js';

/** A member that is missing or of another type reads as none. */
export function actOf(stored: object): Act {
  const { by, reason, at_ms: atMs } = stored as Readonly<Record<string, unknown>>;
  return {
    by: typeof by === 'string' ? by : '',
    reason: typeof reason === 'string' ? reason : '',
    atMs: typeof atMs === 'number' ? atMs : 0,
  };
}

/** What cannot be read holds too. */
export function holdOf(text: string): WhyFacts['hold'] {
  if (text === '') return undefined;
  try {
    const hold: unknown = JSON.parse(text);
    if (typeof hold === 'object' && hold !== null) {
      const { cause } = hold as Readonly<Record<string, unknown>>;
      return { ...actOf(hold), cause: typeof cause === 'string' ? cause : '' };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { cause: '', by: '', reason: 'what is stored of the hold is not readable', atMs: 0 };
}
