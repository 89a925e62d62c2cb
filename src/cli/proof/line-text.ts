import { colour } from '../terminal.js';
import type { ProofLine } from './proof.js';

/** A line with its mark in front, as it is printed. */
export function lineText({ check, holds, text }: ProofLine): string {
  if (!holds) return colour.red(`✗ ${text}`);
  // The attempt has failed; the plan has not.
  if (check === 'next_attempt') return colour.yellow(`· ${text}`);
  return check === 'execution' ? colour.bold(colour.green(`✓✓✓ ${text}`)) : `${colour.green('✓')} ${text}`;
}
