import { type Command, InvalidArgumentError } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { CommandFailure, EXIT } from '../exit.js';
import type { ProofLine } from '../proof/proof.js';

interface ProofOptions extends ApiOptions {
  readonly submit?: readonly string[];
  readonly via: 'stream' | 'api';
  readonly timeout: number;
  readonly log: readonly string[];
}

export function addProof(program: Command): void {
  withApiOptions(program.command('proof'))
    .description('follow one plan through the running deployment and check every step of it')
    .option(
      '--submit <symbol action...>',
      'submit a fresh proposal: a symbol and PARTIAL_50, PARTIAL_75 or FULL_CLOSE_PROPOSED',
    )
    .option(
      '--via <way>',
      'how to submit the proposal: stream (the proposal stream) or api (the HTTP interface)',
      way,
      'stream',
    )
    .option(
      '--timeout <sec>',
      'how long to wait for the plan, for its result, and for another attempt that is due',
      seconds,
      60,
    )
    .option(
      '--log <file>',
      'check the lines in this JSON log too; repeatable',
      (file, before: readonly string[]) => [...before, file],
      [],
    )
    .addHelpText(
      'after',
      `
Redis is the one of the environment (REDIS_HOST, REDIS_URL, REDIS_KEY_PREFIX, …). Without --submit it waits for the next plan
of a strategy and creates nothing. A permit lives about a millisecond: where its key was gone already, its remaining life is
taken from the event that announced it; --json names the source of each line. An attempt that ends without an order is
followed by the next one that is due, such as after a stale snapshot.

Examples:
  $ permit-gate proof                                     wait for the next plan
  $ permit-gate proof --submit BTCUSDT PARTIAL_75         closes 75 % of BTCUSDT
  $ permit-gate proof --log /var/log/permit-gate.log --json`,
    )
    .action(prove);
}

async function prove(options: ProofOptions): Promise<void> {
  const { CLOSES, freshProposal, submitToStream } = await import('../proof/fresh-proposal.js');
  const [symbol = '', given = '', ...rest] = options.submit ?? [];
  const action = CLOSES.find((known) => known === given);
  if (options.submit !== undefined && (action === undefined || rest.length > 0)) {
    throw new CommandFailure(EXIT.usage, `--submit needs a symbol and one of ${CLOSES.join(', ')}.`);
  }
  const api = action !== undefined && options.via === 'api' ? ApiClient.of(options) : undefined;
  const { redisConfiguration } = await import('../configuration.js');
  const { RedisSession } = await import('../redis-session.js');
  const { DeploymentWatch } = await import('../proof/deployment-watch.js');
  const { LogWatch } = await import('../proof/log-watch.js');
  const { proveNextPlan } = await import('../proof/proof.js');
  const { lineText } = await import('../proof/line-text.js');
  const { print, printJson } = await import('../terminal.js');

  const logs = await LogWatch.start(options.log);
  const session = new RedisSession(redisConfiguration());
  try {
    await session.connect();
    await session.insistOnDatabase();
    // The watch has started, so it cannot miss what is submitted now.
    const watch = await DeploymentWatch.start(session);
    const proposal = action === undefined ? undefined : await freshProposal(session, action);
    if (proposal !== undefined && api === undefined) await submitToStream(session, symbol, proposal);
    if (proposal !== undefined)
      await api?.ask((calls) => calls.POST('/api/v1/proposals', { body: { symbol, ...proposal } }));
    const wanted = { proposalId: proposal?.proposal_id, withinMs: options.timeout * 1_000 };
    const lines: ProofLine[] = [];
    for await (const line of proveNextPlan(session, watch, logs, wanted)) {
      if (options.json !== true) print(lineText(line));
      lines.push(line);
    }
    const holds = lines.every((line) => line.holds);
    if (!holds) process.exitCode = EXIT.notHolding;
    if (options.json === true) printJson({ holds, plan_id: lines[0]?.planId ?? '', lines: lines.map(asJson) });
    await watch.stop();
  } finally {
    await logs.close();
    session.close();
  }
}

function asJson({ check, holds, text, readFrom, attempt }: ProofLine): object {
  return { check, attempt: Number(attempt), holds, text, read_from: readFrom };
}

function way(given: string): 'stream' | 'api' {
  if (given === 'stream' || given === 'api') return given;
  throw new InvalidArgumentError('One of stream, api is needed.');
}

function seconds(given: string): number {
  const value = Number(given);
  if (/^\d{1,6}(\.\d+)?$/.test(given) && value > 0) return value;
  throw new InvalidArgumentError('A number of seconds above zero is needed.');
}
