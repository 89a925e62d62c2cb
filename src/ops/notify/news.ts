import { atTime, lasting } from '../../gates/why/blocker.js';
import { compareIds } from '../../redis/streams/stream-entry.js';
import { type ConditionReason, CONDITIONS, type Severity } from './catalogue.js';
import { type ChannelState, type ToldCondition, toldOf } from './channel-state.js';
import { type Part, partOf } from './conditions.js';
import type { Moment } from './moments.js';
import type { Standing } from './standing.js';

/** One line of a message. */
export interface Line {
  /** `new`: it holds since the last message. `resolved`: it does not any more. `event`: it happened. `reminder`: it was told, and lasts. */
  readonly kind: 'new' | 'resolved' | 'event' | 'reminder';
  readonly key: string;
  readonly reason: ConditionReason;
  readonly severity: Severity;
  readonly symbol?: string | undefined;
  readonly text: string;
  readonly sinceMs?: number | undefined;
  readonly remedy?: string | undefined;
}

/** What one channel may be told, as of one look. */
export interface Present {
  readonly nowMs: number;
  readonly standing: ReadonlyMap<string, Standing>;
  /** What is of these parts is not known now. */
  readonly unread: ReadonlySet<Part>;
  /** Events that this channel was not told, oldest first. */
  readonly moments: readonly Moment[];
  /** The last event that was read. */
  readonly readId: string;
  /** Only what is critical is told. */
  readonly isQuiet: boolean;
  /** How often what is critical and lasts is told again; 0 for never. */
  readonly remindMs: number;
}

export interface News {
  readonly lines: readonly Line[];
  /** What the person knows once the message has arrived. */
  readonly after: ChannelState;
  /** Moments that wait for the end of the quiet hours. */
  readonly held: readonly Moment[];
}

/** A condition and the event that began it are stamped by two clocks. */
const STAMPS_DIFFER_MS = 5_000;

/** The difference between what holds and what the person knows: new, gone, and what came and went in between. */
export function newsOf(
  state: ChannelState,
  { nowMs, standing, unread, moments, readId, isQuiet, remindMs }: Present,
): News {
  const isHeld = ({ severity }: { readonly severity: Severity }): boolean => isQuiet && severity !== 'critical';
  const told = new Map(state.told);
  const fresh = moments.filter(({ id }) => !state.beyond.includes(id));
  const byKey = groupBy(fresh);
  const lines: Line[] = [];
  const done = new Set<string>();
  const held = new Set<string>();

  for (const [key, condition] of standing) {
    if (told.has(key) || isHeld(condition)) continue;
    told.set(key, toldOf(condition, nowMs));
    const { reason, severity, symbol, sinceMs, remedy } = condition;
    const text = `${sinceText(condition)}${changes(byKey.get(key), 1)}`;
    lines.push({ kind: 'new', key, reason, severity, symbol, text, sinceMs, remedy });
    done.add(key);
  }
  for (const [key, known] of state.told) {
    const condition = standing.get(key);
    if (condition?.severity !== 'critical' || byKey.has(key)) continue;
    if (remindMs === 0 || nowMs - known.saidMs < remindMs) continue;
    told.set(key, { ...known, saidMs: nowMs });
    lines.push(reminder(key, condition, nowMs));
  }
  for (const [key, known] of state.told) {
    if (standing.has(key) || isHeld(known) || unread.has(partOf(known.reason))) continue;
    const group = byKey.get(key) ?? [];
    // It may have begun anew, and is not seen as a condition yet.
    if (group.at(-1)?.effect === 'opens' && (group.at(-1)?.atMs ?? 0) > known.sinceMs + STAMPS_DIFFER_MS) continue;
    told.delete(key);
    lines.push(resolved(key, known, group, nowMs));
    done.add(key);
  }
  for (const [key, group] of byKey) {
    if (done.has(key)) continue;
    const last = group.at(-1);
    if (last === undefined || isKnown(last, state, standing)) continue;
    const severity = group.some((each) => each.severity === 'critical') ? 'critical' : 'warning';
    if (isHeld({ severity })) {
      for (const { id } of group) held.add(id);
      continue;
    }
    lines.push(event(key, group, severity));
    if (last.effect === 'opens' && !told.has(key)) told.set(key, openedBy(last, nowMs));
    if (last.effect === 'closes') told.delete(key);
  }
  return {
    lines,
    after: { ...state, ...movedOn(fresh, held, readId, state), sentMs: lines.length > 0 ? nowMs : state.sentMs, told },
    held: fresh.filter(({ id }) => held.has(id)),
  };
}

/** Whether the person was told of what this event began or ended, as a condition. */
function isKnown(last: Moment, state: ChannelState, standing: ReadonlyMap<string, Standing>): boolean {
  const known = state.told.get(last.key);
  switch (last.effect) {
    case 'opens':
      return known !== undefined && last.atMs <= known.sinceMs + STAMPS_DIFFER_MS && standing.has(last.key);
    case 'closes':
    case 'none':
      return false;
  }
  return last.effect satisfies never;
}

/** The events up to the first that is held are told; later ones that were told are remembered. */
function movedOn(
  fresh: readonly Moment[],
  held: ReadonlySet<string>,
  readId: string,
  state: ChannelState,
): Pick<ChannelState, 'cursor' | 'beyond'> {
  const firstHeld = fresh.findIndex(({ id }) => held.has(id));
  if (firstHeld === -1) return { cursor: readId, beyond: [] };
  const cursor = fresh[firstHeld - 1]?.id ?? state.cursor;
  const beyond = [...state.beyond, ...fresh.slice(firstHeld).flatMap(({ id }) => (held.has(id) ? [] : [id]))];
  return { cursor, beyond: beyond.filter((id) => compareIds(id, cursor) > 0) };
}

function resolved(key: string, known: ToldCondition, group: readonly Moment[], nowMs: number): Line {
  const { reason, severity, symbol, text, sinceMs } = known;
  const closing = group.findLast(({ effect }) => effect === 'closes');
  const how = closing === undefined ? `It is over after ${lasting(nowMs - sinceMs)}` : closing.text;
  return {
    kind: 'resolved',
    key,
    reason,
    severity,
    symbol,
    text: `${how}${changes(group, 1)}. It was: ${text}`,
    sinceMs,
  };
}

function reminder(key: string, { reason, severity, symbol, text, sinceMs, remedy }: Standing, nowMs: number): Line {
  const still = `After ${lasting(nowMs - sinceMs)} it still holds: ${text}`;
  return { kind: 'reminder', key, reason, severity, symbol, text: still, sinceMs, remedy };
}

function event(key: string, group: readonly Moment[], severity: Severity): Line {
  const last = group[group.length - 1] as Moment;
  const [first] = group;
  const text = first === undefined || first === last ? last.text : `${first.text}. Then: ${last.text}`;
  const { reason, symbol, remedy, atMs } = last;
  return { kind: 'event', key, reason, severity, symbol, text: `${text}${changes(group, 2)}`, sinceMs: atMs, remedy };
}

function changes(group: readonly Moment[] | undefined, unsaid: number): string {
  const count = group?.length ?? 0;
  return count <= unsaid ? '' : ` (${count} changes since the last message)`;
}

const openedBy = ({ reason, symbol, text, atMs }: Moment, saidMs: number): ToldCondition => ({
  reason,
  severity: CONDITIONS[reason].severity,
  symbol,
  text,
  sinceMs: atMs,
  saidMs,
});

/** Most texts say since when. */
function sinceText({ text, sinceMs }: Standing): string {
  return /\d\d:\d\d:\d\d UTC/.test(text) ? text : `${text} Since ${atTime(sinceMs)}.`;
}

function groupBy(moments: readonly Moment[]): Map<string, Moment[]> {
  const groups = new Map<string, Moment[]>();
  for (const moment of moments) groups.set(moment.key, [...(groups.get(moment.key) ?? []), moment]);
  return groups;
}
