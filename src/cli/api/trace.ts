import { colour, indented, lengthOf, WIDTH, wrapped } from '../terminal.js';
import { figures } from './figures.js';
import { stateText } from './plans.js';
import { number, object, objects, type Schema, text, texts } from './reading.js';
import { localDay, localTime } from './times.js';
import { type Moment, STAGES, stepMoment } from './trace-steps.js';

type Trace = Schema<'PlanTraceAnswer'>;
type Step = NonNullable<Trace['steps']>[number];

const TIME_WIDTH = 12;
const OFFSET_WIDTH = 11;
const INDENT = TIME_WIDTH + OFFSET_WIDTH + 2;
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

/** `GET /plans/:planId` as a timeline: the time on this machine, and ms since the attempt was published. */
export function traceText(trace: Trace): string {
  const steps = objects(trace.steps);
  const moments = inOrder(steps, [
    ...steps.map((step) => stepMoment(step, trace)),
    ...attemptsOf(trace).flatMap(verdictMoments),
    ...orderMoments(trace, steps),
  ]);
  const attempts = [...new Set(moments.map(({ attempt }) => attempt))];
  const lines = attempts.flatMap((attempt) => {
    const own = moments.filter((moment) => moment.attempt === attempt);
    const fromMs = publishedMs(steps, attempt);
    const day = localDay(fromMs ?? own.find(({ atMs }) => atMs !== undefined)?.atMs ?? Number.NaN);
    const head = `${attempt === 0 ? '' : `${colour.bold(`attempt ${attempt}`)}  `}${colour.dim(day)}`;
    return ['', head, ...own.flatMap((moment) => momentLines(moment, fromMs))];
  });
  return [...headline(trace), ...lines, '', ...resultLines(trace)].join('\n');
}

function headline(trace: Trace): string[] {
  const codes = texts(trace.reason_codes);
  const words = [
    colour.bold(`plan ${text(trace.plan_id)}`),
    ` ${text(trace.symbol)} ${text(trace.action)}`,
    ` ${text(trace.published_by === 'another service' ? trace.published_by : trace.mode)}`,
    ` ${text(trace.decision)}${codes.length === 0 ? '' : ` (${codes.join(', ')})`}`,
    ` ${stateText(trace.state)}`,
  ];
  return wrapped(words.join(' '));
}

/** An earlier server names the verdicts of the newest attempt alone. */
function attemptsOf(trace: Trace): readonly Schema<'PlanAttemptAnswer'>[] {
  if (trace.attempts !== undefined) return objects(trace.attempts);
  return trace.verdicts === undefined ? [] : [{ attempt: trace.attempt, verdicts: trace.verdicts }];
}

function publishedMs(steps: readonly Step[], attempt: number): number | undefined {
  const own = steps.filter((step) => step.attempt === attempt);
  return number((own.find(({ step }) => step === 'published') ?? own[0])?.at_ms);
}

function verdictMoments({ attempt, verdicts }: Schema<'PlanAttemptAnswer'>): Moment[] {
  return (['governor', 'p33'] as const).flatMap((issuer) => {
    const verdict = verdicts?.[issuer];
    if (verdict?.verdict === undefined) return [];
    const permit = object(verdict.permit);
    const inputs = Object.fromEntries(Object.entries(permit).filter(([name]) => !NOT_INPUTS.has(name)));
    const paint = verdict.verdict === 'allow' ? colour.green : colour.red;
    return [
      {
        attempt: attempt ?? 0,
        stage: 'verdict' as const,
        atMs: number(verdict.at_ms),
        title: paint(text(verdict.text ?? `${issuer} ${verdict.verdict}`)),
        details: [figures(inputs), figures(verdict.context ?? permit['context'] ?? undefined)],
      },
    ];
  });
}

function orderMoments(trace: Trace, steps: readonly Step[]): Moment[] {
  const { order, attempt = 0 } = trace;
  if (order?.order_id === undefined || order.order_id === null || order.order_id === '') return [];
  const answered = steps.findLast((step) => step.attempt === attempt && step.step === 'answered');
  const lookedUp = text(order.looked_up_qty) === '–' ? '' : `, looked up: ${text(order.looked_up_qty)}`;
  const details = [
    `${text(order.side)} ${text(order.quantity)} reduce-only, executed ${text(order.executed_qty)} at ${text(order.avg_price)}${lookedUp}`,
    `client order id ${text(order.client_order_id)}`,
  ];
  const title = `order ${text(order.order_id)} ${text(order.status)}`;
  return [{ attempt, stage: 'order', atMs: number(answered?.at_ms), title, details }];
}

/** By time. A step without a time goes to its usual place in an attempt. */
function inOrder(steps: readonly Step[], moments: readonly Moment[]): Moment[] {
  const stage = (moment: Moment): number => STAGES.indexOf(moment.stage);
  const timed = moments.filter(({ atMs }) => atMs !== undefined);
  const timeOf = (moment: Moment): number => {
    if (moment.atMs !== undefined) return moment.atMs;
    const later = timed.filter((each) => each.attempt === moment.attempt && stage(each) > stage(moment));
    return Math.min(
      ...later.map(({ atMs }) => atMs ?? Infinity),
      ...(later.length === 0 ? [steps.at(-1)?.at_ms ?? 0] : []),
    );
  };
  return moments.toSorted((a, b) => a.attempt - b.attempt || timeOf(a) - timeOf(b) || stage(a) - stage(b));
}

/** The first detail is beside the title where there is room. */
function momentLines({ atMs, title, details }: Moment, fromMs: number | undefined): string[] {
  const time = atMs === undefined ? '' : localTime(atMs);
  const offset = atMs === undefined || fromMs === undefined ? '' : `+${atMs - fromMs} ms`;
  const when = `${time.padEnd(TIME_WIDTH)}${offset.padStart(OFFSET_WIDTH)}  `;
  const [first = '', ...others] = wrapped(title, WIDTH - INDENT);
  const said = details.filter((detail) => detail !== '').map((detail) => colour.dim(detail));
  const beside = others.length === 0 && lengthOf(first) + 2 + lengthOf(said[0] ?? '') <= WIDTH - INDENT ? said[0] : '';
  const below = beside === '' || beside === undefined ? said : said.slice(1);
  return [
    `${colour.dim(when)}${first}${beside === '' || beside === undefined ? '' : `  ${beside}`}`,
    ...others.map((line) => ' '.repeat(INDENT) + line),
    ...below.flatMap((line) => indented(line, INDENT)),
  ];
}

function resultLines({ result, evidence }: Trace): string[] {
  const found = figures(evidence ?? undefined);
  const shown = found === '' ? [] : wrapped(`${colour.bold('evidence')}  ${found}`);
  if (result?.decision === undefined) return [colour.yellow('No result yet.'), ...shown];
  const executed = result.executed === true ? colour.green('executed=True') : colour.red('executed=False');
  const error = text(result.error) === '–' ? '' : `, error=${text(result.error)}`;
  const reason = text(result.reason) === '–' ? '' : `: ${text(result.reason)}`;
  return [...wrapped(`${colour.bold('result')}  ${text(result.decision)}, ${executed}${error}${reason}`), ...shown];
}
