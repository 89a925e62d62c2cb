import { createHash } from 'node:crypto';
import { printable, type Redaction } from '../../flow/0-outside-text.js';
import { CONDITIONS } from './catalogue.js';
import type { Line } from './news.js';

/** What goes out by a channel, before the channel writes it in its own form. */
export interface Message {
  /** The same for the same content: a receiver may drop a repetition. */
  readonly id: string;
  readonly title: string;
  readonly deployment: string;
  readonly isCritical: boolean;
  /** Whether it says something of the deployment, or only that the channel works. */
  readonly isTest: boolean;
  /** The most important first; printable, without secrets. */
  readonly lines: readonly Line[];
  /** How many others there are. */
  readonly more: number;
}

const MOST_LINES = 12;
/** Twelve of these fit into one message of Telegram. */
const LONGEST_TEXT = 220;
const LONGEST_REMEDY = 90;

export function messageOf(lines: readonly Line[], deployment: string, redaction: Redaction): Message {
  const ordered = lines.toSorted((a, b) => weight(a) - weight(b));
  const shown = ordered.slice(0, MOST_LINES).map((line) => safe(line, redaction));
  const id = idOf(
    JSON.stringify([deployment, ordered.map(({ kind, key, sinceMs, text }) => [kind, key, sinceMs, text])]),
  );
  const isCritical = lines.some(({ kind, severity }) => kind !== 'resolved' && severity === 'critical');
  const named = printable(redaction.hide(deployment));
  const title = `permit-gate ${named}: ${countsOf(lines)}`;
  return { id, title, deployment: named, isCritical, isTest: false, lines: shown, more: lines.length - shown.length };
}

/** A message that only proves that its channel works. */
export function testMessage(deployment: string, atMs: number): Message {
  const id = idOf(`${deployment} ${atMs}`);
  const title = `permit-gate ${deployment}: a test message. Nothing is wrong.`;
  return { id, title, deployment, isCritical: false, isTest: true, lines: [], more: 0 };
}

const idOf = (content: string): string => createHash('sha256').update(content).digest('hex').slice(0, 16);

/** One line of text for each condition. */
export function textOf({ title, lines, more }: Message): string {
  const others = more === 0 ? [] : [`and ${more} more: permit-gate status`];
  return [title, ...lines.map(lineText), ...others].join('\n');
}

function lineText({ kind, severity, reason, text, remedy }: Line): string {
  const mark = kind === 'resolved' ? 'resolved' : severity === 'critical' ? 'CRITICAL' : 'warning';
  const { runbook } = CONDITIONS[reason];
  const command = kind === 'resolved' || remedy === undefined ? '' : ` > ${remedy}`;
  const page = (kind !== 'new' && kind !== 'reminder') || runbook === undefined ? '' : ` (runbook ${runbook})`;
  return `${mark}: ${text}${command}${page}`;
}

/** What a strategy, an operator or the exchange wrote is cut, without line ends, and without secrets of this process. */
function safe({ text, remedy, ...rest }: Line, redaction: Redaction): Line {
  const clean = (said: string, most: number): string => cut(printable(redaction.hide(said)), most);
  return {
    ...rest,
    text: clean(text, LONGEST_TEXT),
    ...(remedy === undefined ? {} : { remedy: clean(remedy, LONGEST_REMEDY) }),
  };
}

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

/** What is critical first, and what is over last. */
const weight = ({ kind, severity }: Line): number => (kind === 'resolved' ? 4 : 0) + (severity === 'critical' ? 0 : 2);

function countsOf(lines: readonly Line[]): string {
  const open = lines.filter(({ kind }) => kind !== 'resolved');
  const critical = open.filter(({ severity }) => severity === 'critical').length;
  const counts = [
    [critical, 'critical'],
    [open.length - critical, 'to look at'],
    [lines.length - open.length, 'resolved'],
  ] as const;
  return counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])).join(', ');
}
