import type { AuditEntry } from './audit-chain.js';

/** A line of a copy or an export. */
export interface CopiedEntry extends AuditEntry {
  readonly chain: string;
}

/** The entries in the lines of a copy or an export; other lines are left out. */
export function entriesIn(text: string): CopiedEntry[] {
  return text.split('\n').flatMap((line) => {
    try {
      const value: unknown = line.trim() === '' ? null : JSON.parse(line);
      return isEntry(value) ? [value] : [];
    } catch (error) {
      // A process that was killed may have left half a line.
      if (error instanceof SyntaxError) return [];
      throw error;
    }
  });
}

function isEntry(value: unknown): value is CopiedEntry {
  if (value === null || typeof value !== 'object') return false;
  const { chain, id, fields } = value as Readonly<Record<string, unknown>>;
  if (typeof chain !== 'string' || typeof id !== 'string' || fields === null || typeof fields !== 'object')
    return false;
  return Object.values(fields).every((field) => typeof field === 'string');
}
