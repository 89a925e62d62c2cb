import { colour } from '../terminal.js';
import type { Answer } from './client.js';
import { stateText } from './plans.js';
import { members, number, object, objects, text } from './reading.js';

/** What happens in the life of an attempt, in order. */
const STAGES = ['published', 'waiting', 'verdict', 'claimed', 'order', 'result'] as const;

/** One line of the timeline; `atMs` is epoch ms by Redis' clock, `undefined` when it was not stored. */
interface Moment {
  readonly attempt: number;
  readonly stage: (typeof STAGES)[number];
  readonly atMs: number | undefined;
  readonly title: string;
  readonly details: readonly string[];
}

const VERDICT_TITLES = { governor: 'Governor', p33: 'P3.3' } as const;
/** Members that bind a permit to its attempt or are shown elsewhere; the verdict was based on the rest. */
const NOT_INPUTS = new Set([
  'plan_id',
  'attempt',
  'mode',
  'plan_hash',
  'issuer',
  'symbol',
  'created_at',
  'expires_at_ms',
  'consumed',
  'context',
  'granted',
  'allow',
  'decision',
  'reason',
  'kid',
  'nonce',
  'sig',
]);

/** `GET /plans/:planId` as a timeline; times are ms since the attempt was published. */
export function traceText(trace: Answer): string {
  const steps = objects(trace['steps']);
  const lastAttempt = number(trace['attempt']) ?? 0;
  const moments = inOrder(steps, [
    ...steps.map((step) => stepMoment(step, trace)),
    ...verdictMoments(trace, lastAttempt),
    ...orderMoments(trace, lastAttempt, steps),
  ]);
  const attempts = [...new Set(moments.map(({ attempt }) => attempt))];
  const lines = attempts.flatMap((attempt) => [
    ...(attempt === 0 ? [] : ['', `${colour.bold(`attempt ${attempt}`)}${clock(publishedMs(steps, attempt))}`]),
    ...moments
      .filter((moment) => moment.attempt === attempt)
      .flatMap((moment) => momentLines(moment, publishedMs(steps, attempt))),
  ]);
  return [headline(trace), ...lines, '', ...resultLines(trace)].join('\n');
}

function headline(trace: Answer): string {
  const codes =
    Array.isArray(trace['reason_codes']) && trace['reason_codes'].length > 0
      ? ` (${trace['reason_codes'].map(text).join(', ')})`
      : '';
  return `${colour.bold(`plan ${text(trace['plan_id'])}`)}  ${text(trace['symbol'])} ${text(trace['action'])}  ${text(trace['published_by'] === 'another service' ? trace['published_by'] : trace['mode'])}  ${text(trace['decision'])}${codes}  ${stateText(trace['state'])}`;
}

/** By Redis' clock. */
function clock(atMs: number | undefined): string {
  if (atMs === undefined) return '';
  return `  at ${new Date(atMs).toISOString().replace('T', ' ').replace('Z', ' UTC')}`;
}

function publishedMs(steps: readonly Answer[], attempt: number): number | undefined {
  const own = steps.filter((step) => step['attempt'] === attempt);
  return number((own.find((step) => step['step'] === 'published') ?? own[0])?.['at_ms']);
}

function stepMoment(step: Answer, trace: Answer): Moment {
  const { step: name, attempt, at_ms: atMs, offset_ms: offsetMs, ...rest } = step;
  const own = { attempt: number(attempt) ?? 0, atMs: number(atMs) };
  switch (name) {
    case 'published':
      return {
        ...own,
        stage: name,
        title: colour.cyan('published'),
        details: [`entry ${text(rest['entry'])}${rest['mode'] === undefined ? '' : `, mode ${text(rest['mode'])}`}`],
      };
    case 'waiting':
      return {
        ...own,
        stage: name,
        title: colour.cyan('waiting'),
        details: [`for both permits, by ${text(rest['owner'])}`],
      };
    case 'claimed':
      return {
        ...own,
        stage: name,
        title: colour.green(`claimed after ${text(offsetMs)} ms`),
        details: [claimed(rest)],
      };
    case 'result':
      return {
        ...own,
        stage: name,
        title: `result ${stateText(rest['state'])}`,
        details: own.attempt === trace['attempt'] ? [] : ['the attempt ended and was tried again'],
      };
    default:
      return { ...own, stage: 'order', title: colour.cyan(text(name)), details: [members(rest)] };
  }
}

function claimed(step: Answer): string {
  const id = step['client_order_id'];
  const order = `${text(step['side'])} ${text(step['quantity'])}`;
  return id === undefined
    ? `dry run: ${order} would have been sent`
    : `both permits taken; order ${text(id)}: ${order}`;
}

/** Verdicts are kept for the last attempt; their time is the permit's own. */
function verdictMoments(trace: Answer, attempt: number): Moment[] {
  const verdicts = object(trace['verdicts']);
  return (['governor', 'p33'] as const).flatMap((issuer) => {
    const verdict = object(verdicts[issuer]);
    if (verdict['verdict'] === undefined) return [];
    const permit = object(verdict['permit']);
    const allows = verdict['verdict'] === 'allow';
    const reason = verdict['reason'] ?? permit['reason'];
    const createdSec = number(permit['created_at']);
    const title = `${VERDICT_TITLES[issuer]} ${allows ? colour.green('ALLOW') : colour.red(`DENY ${text(reason)}`)}`;
    const inputs = Object.fromEntries(Object.entries(permit).filter(([name]) => !NOT_INPUTS.has(name)));
    const details = [members(inputs), members(verdict['context'] ?? permit['context'])].filter((line) => line !== '');
    return [
      {
        attempt,
        stage: 'verdict' as const,
        atMs: createdSec === undefined ? undefined : Math.round(createdSec * 1_000),
        title,
        details,
      },
    ];
  });
}

function orderMoments(trace: Answer, attempt: number, steps: readonly Answer[]): Moment[] {
  const order = object(trace['order']);
  if (order['order_id'] === undefined || order['order_id'] === null || order['order_id'] === '') return [];
  const answered = steps.findLast((step) => step['attempt'] === attempt && step['step'] === 'answered');
  const lookedUp = text(order['looked_up_qty']) === '–' ? '' : `, looked up: ${text(order['looked_up_qty'])}`;
  const details = [
    `${text(order['side'])} ${text(order['quantity'])} reduce-only, executed ${text(order['executed_qty'])} at ${text(order['avg_price'])}${lookedUp}`,
    `client order id ${text(order['client_order_id'])}`,
  ];
  const title = `order ${text(order['order_id'])} ${text(order['status'])}`;
  return [{ attempt, stage: 'order', atMs: number(answered?.['at_ms']), title, details }];
}

/** By time. A step without a time goes to its usual place in an attempt. */
function inOrder(steps: readonly Answer[], moments: readonly Moment[]): Moment[] {
  const stage = (moment: Moment): number => STAGES.indexOf(moment.stage);
  const timed = moments.filter(({ atMs }) => atMs !== undefined);
  const timeOf = (moment: Moment): number => {
    if (moment.atMs !== undefined) return moment.atMs;
    const later = timed.filter((each) => each.attempt === moment.attempt && stage(each) > stage(moment));
    return Math.min(
      ...later.map(({ atMs }) => atMs ?? Infinity),
      ...(later.length === 0 ? [Number(steps.at(-1)?.['at_ms'] ?? 0)] : []),
    );
  };
  return moments.toSorted((a, b) => a.attempt - b.attempt || timeOf(a) - timeOf(b) || stage(a) - stage(b));
}

function momentLines({ atMs, title, details }: Moment, fromMs: number | undefined): string[] {
  const offset = atMs === undefined || fromMs === undefined ? '' : `+${atMs - fromMs} ms`;
  const [first, ...others] = details;
  const head = `${colour.dim(offset.padStart(12))}  ${title}`;
  return [
    first === undefined ? head : `${head}  ${colour.dim(first)}`,
    ...others.map((line) => `${' '.repeat(14)}${colour.dim(line)}`),
  ];
}

function resultLines(trace: Answer): string[] {
  const result = object(trace['result']);
  const evidence = members(trace['evidence']);
  const shown = evidence === '' ? [] : [`${colour.bold('evidence')}  ${evidence}`];
  if (result['decision'] === undefined) return [colour.yellow('No result yet.'), ...shown];
  const executed = result['executed'] === true ? colour.green('executed=True') : colour.red('executed=False');
  const error = text(result['error']) === '–' ? '' : `, error=${text(result['error'])}`;
  const reason = text(result['reason']) === '–' ? '' : `: ${text(result['reason'])}`;
  return [`${colour.bold('result')}  ${text(result['decision'])}, ${executed}${error}${reason}`, ...shown];
}
