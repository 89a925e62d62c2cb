import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { type Environment, redactedConfiguration } from '../config/environment.js';
import type { AuditFacts } from '../redis/stores/audit-chain.js';
import { build } from './build.js';

const ACTOR = 'permit-gate';

/** SHA-256 over the effective configuration without its secrets: two processes with one digest are configured alike. */
function configurationDigest(environment: Environment): string {
  const symbols = { defaults: environment.symbolFile.defaults, symbols: [...environment.symbolFile.symbols] };
  const text = canonicalize({
    variables: redactedConfiguration(environment),
    symbols: JSON.parse(JSON.stringify(symbols)),
  });
  return createHash('sha256')
    .update(text ?? '')
    .digest('hex');
}

/** A process begins to run its roles. */
export function startFacts(environment: Environment): AuditFacts {
  const { instanceId, roles, applyMode } = environment;
  const details = {
    roles: [...roles],
    mode: applyMode,
    version: build().version,
    node: process.version,
    pid: process.pid,
    config: configurationDigest(environment),
  };
  return { actor: ACTOR, action: 'process.start', target: instanceId, outcome: 'ok', details };
}

/** It has stopped them. */
export function stopFacts({ instanceId }: Environment): AuditFacts {
  const details = { pid: process.pid, uptime_sec: Math.round(process.uptime()) };
  return { actor: ACTOR, action: 'process.stop', target: instanceId, outcome: 'ok', details };
}
