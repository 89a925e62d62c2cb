import { createServer } from 'node:net';
import type { Environment } from '../../config/environment.js';
import { ConfigurationError } from '../../config/fault.js';
import { openToOthers, privateRemedy } from '../../config/private-file.js';
import { loadAdminTokens } from '../../ops/access/admin-tokens.js';
import { tooFewApprovers } from '../../ops/access/approvers.js';
import { channelSettings } from '../../ops/notify/channels/index.js';
import { type Finding, ok, problem } from './finding.js';

/** The tokens file: it exists, is readable, and others cannot read it. */
export function checkTokens(environment: Environment): Finding[] {
  const { adminTokensFile: file } = environment;
  const check = 'admin tokens';
  if (file === undefined)
    return [
      problem(
        'warning',
        check,
        'none: every call of the HTTP interface is refused, the kill switch included',
        'permit-gate token create --name … --role admin --out FILE, and ADMIN_TOKENS_FILE=FILE.',
      ),
    ];
  try {
    const tokens = loadAdminTokens(file);
    const { configured } = tokens;
    const open = process.platform === 'win32' ? undefined : openToOthers(file);
    const found = configured ? `${file} is in order` : `${file} holds none`;
    if (!configured)
      return [problem('warning', check, found, 'permit-gate token create --name … --role admin --out FILE')];
    if (open !== undefined) return [problem('warning', check, `${file}: ${open}`, privateRemedy(file))];
    const few = tooFewApprovers(environment, tokens).map(({ text, remedy }) =>
      problem('warning', 'approvals', text, remedy),
    );
    return [ok(check, found), ...few];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults.map(({ variable, given, allowed, remedy }) =>
      problem('configuration', `admin tokens: ${variable}`, given, `Allowed: ${allowed}. ${remedy ?? ''}`.trim()),
    );
  }
}

/** Every port that `serve` will listen on. */
export async function checkPorts(environment: Environment): Promise<Finding[]> {
  const wanted = [
    { variable: 'HTTP_PORT', port: environment.httpPort, used: true },
    { variable: 'APPLY_METRICS_PORT', port: environment.applyMetricsPort, used: environment.hasRole('apply') },
    { variable: 'P33_METRICS_PORT', port: environment.p33MetricsPort, used: environment.hasRole('position-brain') },
    { variable: 'GOV_METRICS_PORT', port: environment.govMetricsPort, used: environment.hasRole('governor') },
  ].filter(({ port, used }) => used && port !== 0);
  return Promise.all(wanted.map(({ variable, port }) => checkPort(variable, environment.httpHost, port)));
}

async function checkPort(variable: string, host: string, port: number): Promise<Finding> {
  const check = `port: ${variable}`;
  const where = `${host}:${port}`;
  const trouble = await listenTrouble(host, port);
  if (trouble === undefined) return ok(check, `${where} is free`);
  if (trouble !== 'EADDRINUSE')
    return problem('fault', check, `${where}: ${trouble}`, `Correct HTTP_HOST or ${variable}.`);
  if (await isPermitGate(host, port))
    return problem(
      'warning',
      check,
      `${where} is used by a permit-gate that runs already`,
      `This is fine if it is this deployment; otherwise choose another ${variable}.`,
    );
  return problem('fault', check, `${where} is used by another program`, `Choose another ${variable}.`);
}

/** The error code with which listening fails; `undefined` when it works. */
function listenTrouble(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

async function isPermitGate(host: string, port: number): Promise<boolean> {
  try {
    const at = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host;
    const response = await fetch(`http://${at}:${port}/metrics`, { signal: AbortSignal.timeout(1_000) });
    return (await response.text()).includes('permit_issue_seconds');
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** Who hears of it. Whether the channels work only `notify test` shows: doctor sends nothing. */
export function checkMessages(environment: Environment): Finding[] {
  const set: string[] = Object.keys(channelSettings(environment));
  if (environment.notifyPingUrl !== undefined) set.push('ping');
  return set.length === 0 ? [] : [ok('messages', `by ${set.join(', ')}; permit-gate notify test sends one by each`)];
}
