import { EXIT, type ExitCode } from '../exit.js';

/** `unreachable` and `configuration` are faults that have an exit code of their own. */
export type FindingKind = 'ok' | 'note' | 'warning' | 'fault' | 'unreachable' | 'configuration';

/** The result of one check. */
export interface Finding {
  /** `area: what`. */
  readonly check: string;
  readonly kind: FindingKind;
  readonly found: string;
  /** What to do about it; `""` for nothing. */
  readonly remedy: string;
}

export const ok = (check: string, found: string): Finding => ({ check, kind: 'ok', found, remedy: '' });
export const note = (check: string, found: string): Finding => ({ check, kind: 'note', found, remedy: '' });

export function problem(
  kind: Exclude<FindingKind, 'ok' | 'note'>,
  check: string,
  found: string,
  remedy: string,
): Finding {
  return { check, kind, found, remedy };
}

/** The worst finding decides: first a configuration fault, then an unreachable service, then any other fault. */
export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  const kinds = new Set(findings.map(({ kind }) => kind));
  if (kinds.has('configuration')) return EXIT.configuration;
  if (kinds.has('unreachable')) return EXIT.unreachable;
  return kinds.has('fault') ? EXIT.notHolding : EXIT.ok;
}
