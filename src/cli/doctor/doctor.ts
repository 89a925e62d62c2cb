import type { ConfigFault } from '../../config/fault.js';
import { loadConfiguration } from '../configuration.js';
import { printable } from '../../flow/0-outside-text.js';
import { colour } from '../terminal.js';
import { checkArchive } from './check-archive.js';
import { checkExchange, exchangeOf } from './check-exchange.js';
import { checkMessages, checkPorts, checkTokens } from './check-host.js';
import { checkRedis } from './check-redis.js';
import { type Finding, type FindingKind, note, ok, problem } from './finding.js';

/** Checks everything that `serve` needs, with the same configuration. It writes only a probe key that lives 5 s. */
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
    const [redis, ports, archive] = await Promise.all([
      checkRedis(environment, exchange.hasCredentials ? exchange.accountFingerprint : undefined),
      checkPorts(environment),
      checkArchive(environment),
    ]);
    // One after another: loading ccxt can block a slow machine for longer than the deadline of a Redis command.
    const exchangeFindings = await checkExchange(environment, exchange);
    return [
      ok(
        'configuration',
        `in order: mode ${environment.applyMode}, roles ${[...environment.roles].join(', ')}, symbols ${environment.applyAllowlist.join(', ')}`,
      ),
      ...environment.notices.map(({ text, remedy }) => problem('warning', 'configuration', text, remedy)),
      ...checkTokens(environment),
      ...checkMessages(environment),
      ...redis,
      ...archive,
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

/** One line per finding, and below it what to do. */
export function findingsText(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ check, kind, found, remedy }) => [
    `${MARKS[kind]} ${colour.bold(check)}  ${printable(found)}`,
    ...(remedy === '' ? [] : [`  ${colour.yellow('→')} ${remedy}`]),
  ]);
  const faults = findings.filter(({ kind }) => !['ok', 'note', 'warning'].includes(kind)).length;
  const warnings = findings.filter(({ kind }) => kind === 'warning').length;
  const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;
  const verdict = faults === 0 ? colour.green('ready to run') : colour.red('not ready');
  return [...lines, '', `${verdict}: ${count(faults, 'fault')}, ${count(warnings, 'warning')}`].join('\n');
}
