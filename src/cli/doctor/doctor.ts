import type { ConfigFault } from '../../config/fault.js';
import { loadConfiguration } from '../configuration.js';
import { colour } from '../terminal.js';
import { checkExchange, exchangeOf } from './check-exchange.js';
import { checkPorts, checkTokens } from './check-host.js';
import { checkRedis } from './check-redis.js';
import { type Finding, type FindingKind, note, ok, problem } from './finding.js';

/** Looks at everything `serve` would need, with the configuration it would run with. Changes nothing but a probe key of 5 s. */
export async function examine(roles: string | undefined): Promise<Finding[]> {
  const loaded = loadConfiguration(roles);
  if ('faults' in loaded)
    return [
      ...loaded.faults.map(configurationFinding),
      note('everything else', 'not checked: correct the configuration first'),
    ];
  const { environment } = loaded;
  const exchange = exchangeOf(environment);
  try {
    const [redis, ports] = await Promise.all([
      checkRedis(environment, exchange.hasCredentials ? exchange.accountFingerprint : undefined),
      checkPorts(environment),
    ]);
    // Not at the same time: loading ccxt can keep a slow machine busy for longer than a Redis command may take.
    const exchangeFindings = await checkExchange(environment, exchange);
    return [
      ok(
        'configuration',
        `in order: mode ${environment.applyMode}, roles ${[...environment.roles].join(', ')}, symbols ${environment.applyAllowlist.join(', ')}`,
      ),
      ...environment.notices.map((text) => problem('warning', 'configuration', text, 'Remove it, or add the symbol.')),
      ...checkTokens(environment),
      ...redis,
      ...exchangeFindings,
      ...ports,
    ];
  } finally {
    await exchange.close();
  }
}

function configurationFinding({ variable, given, allowed, remedy }: ConfigFault): Finding {
  return problem(
    'configuration',
    `configuration: ${variable}`,
    `given ${given}`,
    `Allowed: ${allowed}.${remedy === undefined ? '' : ` ${remedy}`}`,
  );
}

const MARKS: Readonly<Record<FindingKind, string>> = {
  ok: colour.green('✓'),
  note: colour.dim('·'),
  warning: colour.yellow('!'),
  fault: colour.red('✗'),
  unreachable: colour.red('✗'),
  configuration: colour.red('✗'),
};

/** One line a finding, with what to do about it below. */
export function findingsText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, kind, found, remedy }) => [
    `${MARKS[kind]} ${colour.bold(check)}  ${found}`,
    ...(remedy === '' ? [] : [`  ${colour.yellow('→')} ${remedy}`]),
  ]);
  const faults = findings.filter(({ kind }) => !['ok', 'note', 'warning'].includes(kind)).length;
  const warnings = findings.filter(({ kind }) => kind === 'warning').length;
  const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  const verdict = faults === 0 ? colour.green('ready to run') : colour.red('not ready');
  return [...lines, '', `${verdict}: ${count(faults, 'fault')}, ${count(warnings, 'warning')}`].join('\n');
}
