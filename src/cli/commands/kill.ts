import type { Command } from 'commander';
import { ApiClient, type ApiOptions, withApiOptions } from '../api/client.js';
import { missingReplicas } from '../api/missing-replicas.js';
import { objects, type Schema, text } from '../api/reading.js';
import { instant } from '../api/times.js';
import { CommandFailure, EXIT } from '../exit.js';

interface KillOptions extends ApiOptions {
  readonly allCells?: boolean;
  readonly reason: string;
}

type Stopped = Schema<'KillSwitchSetAnswer'>;

/** What one address answered. */
interface AddressAnswer {
  readonly url: string;
  /** 0 if nobody answered. */
  readonly status: number;
  /** Every process is stopped. */
  readonly confirmed: boolean;
  /** The answer, the refusal, or why there is none. */
  readonly answer: Stopped & Partial<Schema<'ProblemAnswer'>>;
}

/** Stops everything: asks every known process, because one of them may be cut off from Redis. */
export function addKill(program: Command): void {
  withApiOptions(program.command('kill'))
    .description('engage the kill switch: when this returns 0, no further order is sent by any process')
    .requiredOption('--reason <text>', 'why; it is audited')
    .option('--all-cells', 'of every cell of CELLS_FILE, each asked by itself')
    .addHelpText(
      'after',
      `
Asks every address that it knows: --url, PERMIT_GATE_URL and each of PERMIT_GATE_URLS (comma separated). Each process that is asked
stops at once. Exits 0 if one of them confirms that all processes are stopped. With --all-cells every cell must confirm it.

Examples:
  $ permit-gate kill --reason "ticket 4711" --token-file operator.token
  $ permit-gate kill --reason "ticket 4711" --all-cells`,
    )
    .action(async (options: KillOptions) => {
      if (options.allCells === true) return (await import('../api/cells-kill.js')).killAllCells(options);
      const { clients, faulty } = ApiClient.everywhere(options);
      const answers = [
        ...(await Promise.all(clients.map((api) => kill(api, options.reason)))),
        ...faulty.map((url) => unanswered(url, 'this is no address; a URL such as http://127.0.0.1:8080 is needed')),
      ];
      const confirmed = answers.some((each) => each.confirmed);
      const { print, printJson } = await import('../terminal.js');
      if (options.json === true) printJson({ confirmed, answers });
      else print(answers.map((each) => linesOf(each).join('\n')).join('\n'));
      if (!confirmed) throw notConfirmed(answers);
    });
}

async function kill(api: ApiClient, reason: string): Promise<AddressAnswer> {
  try {
    const body = { engaged: true, reason };
    const { status, answer, problem } = await api.raw((calls) => calls.PUT('/api/v1/kill-switch', { body }));
    const said = answer ?? problem;
    if (said === undefined) return unanswered(api.url, `status ${status}, and not as permit-gate answers`);
    return { url: api.url, status, confirmed: status === 200 && answer?.engaged === true, answer: said };
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    return unanswered(api.url, error.message);
  }
}

function unanswered(url: string, detail: string): AddressAnswer {
  return { url, status: 0, confirmed: false, answer: { detail } };
}

function notConfirmed(answers: readonly AddressAnswer[]): CommandFailure {
  const isRefused = answers.every(({ status }) => status === 401 || status === 403);
  return new CommandFailure(
    isRefused ? EXIT.configuration : EXIT.unreachable,
    isRefused
      ? 'The token is not accepted: nothing was stopped.'
      : 'No address confirmed that every process is stopped. Repeat the command, ask the processes that may still trade (PERMIT_GATE_URLS), and look at the exchange.',
  );
}

function linesOf({ url, status, confirmed, answer }: AddressAnswer): string[] {
  if (status === 0) return [`${url}: no answer: ${text(answer.detail)}`];
  if (!confirmed) return [`${url}: not confirmed (${status}): ${text(answer.title)}: ${text(answer.detail)}`];
  return [`${url}: ${engagedText(answer)}`, ...missingReplicas(answer), ...inFlight(answer), ...foreign(answer)];
}

/** Who engaged it first, and why, stays. */
function engagedText({ was_engaged: wasEngaged, by, reason, at_ms: atMs }: Stopped): string {
  if (wasEngaged !== true) return 'The kill switch is engaged: no further order is sent.';
  const since = instant(atMs);
  return `The kill switch was engaged already, by ${text(by)} since ${since}: ${text(reason)}. No further order is sent.`;
}

function inFlight(answer: Stopped): string[] {
  return objects(answer.in_flight).map(
    (plan) =>
      `  In flight at that moment: plan ${text(plan.plan_id)} ${text(plan.symbol)} ${text(plan.side)} ${text(plan.quantity)} (${text(plan.settled)}, now ${text(plan.state)})`,
  );
}

/** Another implementation of Apply looks at no kill switch. */
function foreign({ foreign_apply: found }: Stopped): string[] {
  if (found === null || found === undefined) return [];
  if (typeof found !== 'object') return ['  Whether another implementation of Apply runs is not known.'];
  const { plan_id: planId, not_confirmable_until_ms: untilMs } = found;
  const until = instant(untilMs);
  return [
    `  Another implementation of Apply runs (plan ${text(planId)}): its orders cannot be excluded before ${until}.`,
  ];
}
