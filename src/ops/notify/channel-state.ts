import { decodeJson, isJsonObject } from '../../flow/0-json.js';
import { isStreamId } from '../../redis/streams/stream-entry.js';
import { type ConditionReason, CONDITIONS } from './catalogue.js';
import type { Condition } from './conditions.js';
import type { Standing } from './standing.js';

/** What a person who reads one channel knows. */
export interface ChannelState {
  /** The last control event that was told, or needs not be. */
  readonly cursor: string;
  /** Later ones that were told before it could move on. */
  readonly beyond: readonly string[];
  /** When the last message left, by Redis' clock. */
  readonly sentMs: number;
  /** The conditions that the person believes to hold, by key. */
  readonly told: ReadonlyMap<string, ToldCondition>;
}

export interface ToldCondition extends Pick<Condition, 'reason' | 'severity' | 'symbol' | 'text'> {
  readonly sinceMs: number;
  /** When it was told last, by Redis' clock. */
  readonly saidMs: number;
}

const VERSION = 1;
const MOST_TOLD = 500;
const MOST_BEYOND = 200;
const LONGEST_TEXT = 200;

export const newState = (cursor: string): ChannelState => ({ cursor, beyond: [], sentMs: 0, told: new Map() });

export const toldOf = ({ reason, severity, symbol, text, sinceMs }: Standing, saidMs: number): ToldCondition => ({
  reason,
  severity,
  symbol,
  text: text.slice(0, LONGEST_TEXT),
  sinceMs,
  saidMs,
});

/** As Redis keeps it. */
export function encodeState({ cursor, beyond, sentMs, told }: ChannelState): string {
  const rows = [...told]
    .slice(-MOST_TOLD)
    .map(([key, { reason, symbol = null, text, sinceMs, saidMs }]) => [
      key,
      reason,
      symbol,
      text.slice(0, LONGEST_TEXT),
      sinceMs,
      saidMs,
    ]);
  return JSON.stringify({ version: VERSION, cursor, beyond: beyond.slice(-MOST_BEYOND), sent_ms: sentMs, told: rows });
}

/** `undefined` for what no process of this version wrote: then everything that holds is told again. */
export function decodeState(text: string): ChannelState | undefined {
  const value = decodeJson(text);
  if (!isJsonObject(value)) return undefined;
  const { version, cursor, beyond, sent_ms: sentMs, told } = value;
  if (String(version) !== String(VERSION) || typeof cursor !== 'string' || !Array.isArray(told)) return undefined;
  if (cursor !== '0-0' && !isStreamId(cursor)) return undefined;
  return {
    cursor,
    beyond: Array.isArray(beyond) ? beyond.map(String) : [],
    sentMs: Number(sentMs) || 0,
    told: new Map(told.flatMap((row) => rowIn(row, Number(sentMs) || 0))),
  };
}

function rowIn(row: unknown, sentMs: number): [string, ToldCondition][] {
  if (!Array.isArray(row)) return [];
  // Earlier versions did not write the last one.
  const [key, reason, symbol, text, sinceMs, saidMs = sentMs] = row as unknown[];
  if (typeof key !== 'string' || typeof reason !== 'string' || !isReason(reason)) return [];
  const { severity } = CONDITIONS[reason];
  const named = typeof symbol === 'string' ? symbol : undefined;
  return [
    [key, { reason, severity, symbol: named, text: String(text), sinceMs: Number(sinceMs), saidMs: Number(saidMs) }],
  ];
}

const isReason = (reason: string): reason is ConditionReason => Object.hasOwn(CONDITIONS, reason);
