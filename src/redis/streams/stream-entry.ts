import type { Fields } from '../../flow/0-primitives.js';

export interface StreamEntry {
  readonly id: string;
  readonly fields: Fields;
}

const GREATEST_PART = 2n ** 64n - 1n;

/** Whether Redis takes a text as the whole id of an entry: two numbers of 64 bits, not both zero. */
export function isStreamId(text: string): boolean {
  if (!/^\d{1,20}-\d{1,20}$/.test(text)) return false;
  const parts = text.split('-').map(BigInt);
  return parts.every((part) => part <= GREATEST_PART) && parts.some((part) => part > 0n);
}

/** Milliseconds of Redis' clock in a stream id. */
export function entryTimeMs(id: string): number {
  return Number(id.split('-')[0]);
}

/**
 * When an entry was appended, by the clock that shows `nowMs`. After that clock was set back, new ids keep the last time and count up, so
 * they count as appended now. The first id of a time ahead is from before the step: 0, because it may be of any age.
 */
export function appendedAtMs(id: string, nowMs: number): number {
  const idMs = entryTimeMs(id);
  if (idMs <= nowMs) return idMs;
  return id.endsWith('-0') ? 0 : nowMs;
}

/** A flat `[field, value, …]` list as fields. */
export function fieldsOf(flat: readonly string[]): Fields {
  const fields: Record<string, string> = {};
  for (let index = 0; index + 1 < flat.length; index += 2) fields[flat[index] ?? ''] = flat[index + 1] ?? '';
  return fields;
}

/** Fields as the flat list that scripts and XADD take. */
export function flatOf(fields: Fields): string[] {
  const flat: string[] = [];
  for (const [field, value] of Object.entries(fields)) flat.push(field, value);
  return flat;
}

type RawEntry = readonly [id: string, flat: readonly string[] | null];

/**
 * The largest entry that is read, in bytes of all its fields and values. A role or a strategy may write larger ones: their size is asked
 * in Redis, and they are never sent to a process.
 */
export const LARGEST_ENTRY_BYTES = 1024 * 1024;

export interface ReadEntries {
  readonly entries: readonly StreamEntry[];
  /** Ids whose bodies were trimmed or deleted while they were pending. */
  readonly gone: readonly string[];
}

/** Entries that a script measured before it returned them. */
export interface MeasuredEntries {
  readonly entries: readonly StreamEntry[];
  /** Also of those that are larger than {@link LARGEST_ENTRY_BYTES}, and were not read. */
  readonly ids: readonly string[];
}

/** Parses the entries of a script that includes `measured.lua`. */
export function readMeasured(raw: unknown): MeasuredEntries {
  const found = raw as readonly (readonly [id: string, body: readonly string[] | string])[];
  return {
    entries: found.flatMap(([id, body]) => (typeof body === 'string' ? [] : [{ id, fields: fieldsOf(body) }])),
    ids: found.map(([id]) => id),
  };
}

/** Parses the entries of one stream from a reply of XREAD, XREADGROUP, XRANGE or XAUTOCLAIM. */
export function readEntries(raw: readonly RawEntry[]): ReadEntries {
  const entries: StreamEntry[] = [];
  const gone: string[] = [];
  for (const [id, flat] of raw) {
    if (flat === null || flat.length === 0) gone.push(id);
    else entries.push({ id, fields: fieldsOf(flat) });
  }
  return { entries, gone };
}

/** The first stream of an XREAD or XREADGROUP reply; nothing when it timed out. */
export function readFirstStream(reply: unknown): ReadEntries {
  const streams = reply as readonly (readonly [string, readonly RawEntry[]])[] | null;
  return readEntries(streams?.[0]?.[1] ?? []);
}

/** The order of stream ids. Both parts go up to 2^64 - 1, which a number cannot hold. */
export function compareIds(a: string, b: string): number {
  const [aMs = '0', aSeq = '0'] = a.split('-');
  const [bMs = '0', bSeq = '0'] = b.split('-');
  const difference = BigInt(aMs) - BigInt(bMs) || BigInt(aSeq) - BigInt(bSeq);
  return difference < 0n ? -1 : Number(difference > 0n);
}
