import { type Command, InvalidArgumentError } from 'commander';
import type { Issuer } from '../../flow/3-permit.js';
import type { Compared } from '../shadow/shadow.js';

interface ShadowOptions {
  readonly of: string;
  readonly issuers?: readonly Issuer[];
  readonly for?: number;
  readonly json?: boolean;
}

type Tally = Record<Issuer, Record<Compared['outcome'], number>>;

export function addShadow(program: Command): void {
  program
    .command('shadow')
    .description('show the plans of services that run to issuers under another key prefix, and compare the verdicts')
    .requiredOption('--of <prefix>', 'the key prefix of the services in charge; it is only read', prefix)
    .option('--issuers <list>', 'which verdicts to compare: governor, p33, or both', issuers)
    .option('--for <sec>', 'end after this time; otherwise at a stop signal', seconds)
    .option('--json', 'one line of JSON for each comparison, and one for the sums')
    .addHelpText(
      'after',
      `
REDIS_KEY_PREFIX is the prefix of the issuers in the shadow. Start them first, with the same REDIS_* variables. Their snapshots,
ledgers, limits and permits are all under their own prefix, and no Apply runs there: no order can follow.
Exit codes: 0 every verdict that was compared agrees, 1 one differs, 69 Redis is unreachable.

Example:
  $ export REDIS_KEY_PREFIX=shadow: APPLY_MODE=testnet
  $ permit-gate serve --roles=position-brain,governor &
  $ permit-gate shadow --of quantum:`,
    )
    .action(follow);
}

async function follow(options: ShadowOptions): Promise<void> {
  const { redisConfiguration } = await import('../configuration.js');
  const { CommandFailure, EXIT } = await import('../exit.js');
  const { RedisSession } = await import('../redis-session.js');
  const { Shadow } = await import('../shadow/shadow.js');
  const environment = redisConfiguration();
  const own = environment.redisKeyPrefix;
  if (own.startsWith(options.of) || options.of.startsWith(own))
    throw new CommandFailure(
      EXIT.usage,
      `REDIS_KEY_PREFIX is ${own} and --of is ${options.of}: neither may begin with the other. Give the issuers in the shadow a prefix of their own, such as shadow:.`,
    );
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  if (options.for !== undefined) setTimeout(() => stop.abort(), options.for * 1_000);
  const session = new RedisSession(environment);
  try {
    await session.connect();
    await session.insistOnDatabase();
    const shadow = await Shadow.start(session, options.of, options.issuers);
    await reportStart(options, own);
    const tally: Tally = { governor: none(), p33: none() };
    for await (const compared of shadow.comparisons(stop.signal)) {
      tally[compared.issuer][compared.outcome] += 1;
      await report(compared, options.json === true);
    }
    await reportSums(tally, options);
    if (Object.values(tally).some(({ different }) => different > 0)) process.exitCode = EXIT.notHolding;
  } finally {
    session.close();
  }
}

async function reportStart({ of, json }: ShadowOptions, own: string): Promise<void> {
  const { print } = await import('../terminal.js');
  if (json === true) return print(JSON.stringify({ in_charge: of, shadow: own }));
  print(`Plans and results under ${of} are shown to the issuers under ${own}.`);
}

const none = (): Tally[Issuer] => ({ agree: 0, other_quantity: 0, different: 0, not_compared: 0 });

async function report(compared: Compared, asJson: boolean): Promise<void> {
  const { verdictText } = await import('../shadow/verdict.js');
  const { print } = await import('../terminal.js');
  const { ISSUER_LABEL } = await import('../../flow/3-permit.js');
  const { planId, symbol, issuer, outcome } = compared;
  const [charge, shadow] = [verdictText(compared.charge), verdictText(compared.shadow)];
  if (asJson) return print(JSON.stringify({ plan_id: planId, symbol, issuer, outcome, in_charge: charge, shadow }));
  const word = outcome.replaceAll('_', ' ').padEnd('other quantity'.length);
  print(`${word}  ${planId}  ${symbol}  ${ISSUER_LABEL[issuer]}  in charge: ${charge}  shadow: ${shadow}`);
}

async function reportSums(tally: Tally, { issuers: asked, json }: ShadowOptions): Promise<void> {
  const { print } = await import('../terminal.js');
  const { ISSUER_LABEL, ISSUERS } = await import('../../flow/3-permit.js');
  if (json === true) return print(JSON.stringify({ sums: tally }));
  for (const issuer of asked ?? ISSUERS) {
    const { agree, other_quantity: otherQuantity, different, not_compared: notCompared } = tally[issuer];
    print(
      `${ISSUER_LABEL[issuer]}: ${agree} agree, ${otherQuantity} with another quantity, ${different} different, ${notCompared} not compared`,
    );
  }
}

function prefix(given: string): string {
  if (/^[A-Za-z0-9:_{}-]{0,63}:$/.test(given)) return given;
  throw new InvalidArgumentError('A key prefix with a colon at its end is needed, such as quantum:.');
}

function issuers(given: string): readonly Issuer[] {
  const words = given.split(',').map((word) => word.trim());
  const known = words.filter((word): word is Issuer => word === 'governor' || word === 'p33');
  if (known.length === words.length) return known;
  throw new InvalidArgumentError('governor, p33, or both with a comma are needed.');
}

function seconds(given: string): number {
  const value = Number(given);
  if (/^\d{1,7}(\.\d+)?$/.test(given) && value > 0) return value;
  throw new InvalidArgumentError('A number of seconds above zero is needed.');
}
