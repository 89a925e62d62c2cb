import { colour } from '../terminal.js';
import { figures } from './figures.js';
import { stateText } from './plans.js';
import { number, type Schema, text } from './reading.js';

type Trace = Schema<'PlanTraceAnswer'>;
type Step = NonNullable<Trace['steps']>[number];

/** What happens in the life of an attempt, in order. */
export const STAGES = ['published', 'waiting', 'verdict', 'claimed', 'order', 'result', 'after'] as const;

/** One line of the timeline; `atMs` is epoch ms by Redis' clock, `undefined` when it was not stored. */
export interface Moment {
  readonly attempt: number;
  readonly stage: (typeof STAGES)[number];
  readonly atMs: number | undefined;
  readonly title: string;
  readonly details: readonly string[];
}

/** A step of a plan's trace in words. */
export function stepMoment(step: Step, trace: Trace): Moment {
  const { step: name = '', attempt = 0, at_ms: atMs } = step;
  const [stage, title, ...details] = wordsOf(step, name, trace);
  return { attempt, atMs: number(atMs), stage, title, details: details.filter((detail) => detail !== '') };
}

type Words = readonly [stage: Moment['stage'], title: string, ...details: string[]];

function wordsOf(step: Step, name: string, trace: Trace): Words {
  const by = `by ${text(step['by'])}: ${text(step['reason'])}`;
  switch (name) {
    case 'published':
      return [
        'published',
        colour.cyan('published'),
        `entry ${text(step['entry'])}${step['mode'] === undefined ? '' : `, mode ${text(step['mode'])}`}`,
      ];
    case 'waiting':
      return ['waiting', colour.cyan('waiting'), `for both permits, by ${text(step['owner'])}`];
    case 'manual_permit':
      return ['verdict', colour.yellow("the Governor's permit was given by hand"), by];
    case 'claimed':
      return ['claimed', colour.green(`claimed after ${text(step.offset_ms)} ms`), claimed(step)];
    case 'sent_again':
      return ['order', colour.cyan('sent again'), `quantity ${text(step['quantity'])}`];
    case 'result':
      return ['result', `result ${stateText(step['state'])}`, ...afterResult(step, trace)];
    case 'refused':
      return ['result', colour.yellow('not published for execution'), given(step['detail'])];
    case 'resolved':
      return ['result', colour.yellow('settled by hand'), by, figures(without(step, ['by', 'reason']))];
    case 'approved': {
      const count = `${text(step['approvals'])} of ${text(step['needed'])} approved`;
      return ['after', colour.green('approved'), `${by} (${count})`];
    }
    case 'rejected':
      return ['after', colour.red('rejected'), by];
    case 'retry_asked':
      return ['after', colour.cyan('another attempt was asked for'), given(step['detail'])];
    case 'given_up':
      return ['after', colour.yellow(`no further attempt: ${text(step['state'])}`), given(step['detail'])];
    default:
      return ['order', colour.cyan(text(name).replaceAll('_', ' ')), figures(without(step, []))];
  }
}

const given = (value: unknown): string => (value === undefined || value === '' ? '' : text(value));
const OF_EVERY_STEP = ['step', 'attempt', 'at_ms', 'offset_ms', 'id'];
const without = (step: Step, names: readonly string[]): object =>
  Object.fromEntries(Object.entries(step).filter(([name]) => !OF_EVERY_STEP.includes(name) && !names.includes(name)));

/** The error of the attempt, and how it went on. */
function afterResult(step: Step, trace: Trace): string[] {
  const own = trace.attempts?.find(({ attempt }) => attempt === step.attempt);
  const [error, reason] = [given(step['error'] ?? own?.error), given(step['reason'] ?? own?.reason)];
  const words = [error, reason].filter((word) => word !== '').join(': ');
  if (step['state'] === 'WAITING_APPROVAL') return [words, 'it waits for the approval of a person'];
  return [words, step.attempt === trace.attempt ? '' : 'the attempt ended and was tried again'];
}

function claimed(step: Step): string {
  const id = step['client_order_id'];
  const order = `${text(step['side'])} ${text(step['quantity'])}`;
  return id === undefined
    ? `dry run: ${order} would have been sent`
    : `both permits taken; order ${text(id)}: ${order}`;
}
