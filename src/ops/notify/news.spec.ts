import { describe, expect, it } from 'vitest';
import { Redaction } from '../../flow/0-outside-text.js';
import { type ChannelState, decodeState, encodeState, newState } from './channel-state.js';
import { type ConditionReason, CONDITIONS } from './catalogue.js';
import type { Condition } from './conditions.js';
import { messageOf, textOf } from './message.js';
import { type Moment, momentOf } from './moments.js';
import { type News, newsOf, type Present } from './news.js';
import type { Standing } from './standing.js';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const NOTHING: Present = {
  nowMs: NOW,
  standing: new Map(),
  unread: new Set(),
  moments: [],
  readId: '9-0',
  isQuiet: false,
  remindMs: 3_600_000,
};

const condition = (reason: ConditionReason, symbol?: string, sinceMs = NOW): Standing => ({
  key: symbol === undefined ? reason : `${reason}:${symbol}`,
  reason,
  severity: CONDITIONS[reason].severity,
  symbol,
  text: `${reason} holds`,
  sinceMs,
  remedy: 'permit-gate status',
});
const standing = (...all: Standing[]): ReadonlyMap<string, Standing> => new Map(all.map((each) => [each.key, each]));
const moment = (id: string, change: string, by = 'alice', atMs = NOW): Moment =>
  momentOf(id, { type: 'control.changed', at_ms: atMs, change, reason: 'a test', by, symbol: null }) as Moment;
const kinds = ({ lines }: News): string[] => lines.map(({ kind, key }) => `${kind} ${key}`);
const look = (state: ChannelState, present: Partial<Present>): News => newsOf(state, { ...NOTHING, ...present });

describe('what a channel is told', () => {
  it('is what is new, once, and what is over, once', () => {
    const kill = standing(condition('kill_switch_engaged'));
    const first = look(newState('1-0'), { standing: kill });
    expect(kinds(first)).toEqual(['new kill_switch_engaged']);
    expect(kinds(look(first.after, { standing: kill }))).toEqual([]);
    const over = look(first.after, {});
    expect(kinds(over)).toEqual(['resolved kill_switch_engaged']);
    expect(kinds(look(over.after, {}))).toEqual([]);
  });

  it('is what is critical and lasts, again after an hour, also in quiet hours and after a restart; what is not is told once', () => {
    const all = standing(condition('kill_switch_engaged'), condition('dead_letters'));
    const first = look(newState('1-0'), { standing: all });
    const later = (state: ChannelState, minutes: number, more: Partial<Present> = {}): News =>
      look(state, { standing: all, nowMs: NOW + minutes * 60_000, ...more });
    expect(kinds(later(first.after, 59))).toEqual([]);
    expect(kinds(later(first.after, 600, { remindMs: 0 }))).toEqual([]);
    const again = later(decodeState(encodeState(first.after)) as ChannelState, 60, { isQuiet: true });
    expect(again.lines).toMatchObject([
      { kind: 'reminder', key: 'kill_switch_engaged', text: expect.stringMatching(/^After .* it still holds: /) },
    ]);
    expect(kinds(later(again.after, 119))).toEqual([]);
    const third = later(again.after, 120);
    expect(kinds(third)).toEqual(['reminder kill_switch_engaged']);
    // A receiver drops a message with a known id.
    const ids = [again, third].map(({ lines }) => messageOf(lines, 'main', new Redaction([])).id);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('is no reminder of what was told by a version that did not note when, before an hour has passed since its last message', () => {
    const kill = standing(condition('kill_switch_engaged'));
    const { after } = look(newState('1-0'), { standing: kill });
    const stored = JSON.parse(encodeState(after)) as { told: unknown[][] };
    for (const row of stored.told) row.pop();
    const state = decodeState(JSON.stringify(stored)) as ChannelState;
    expect(kinds(look(state, { standing: kill, nowMs: NOW + 3_599_000 }))).toEqual([]);
    expect(kinds(look(state, { standing: kill, nowMs: NOW + 3_600_000 }))).toEqual(['reminder kill_switch_engaged']);
  });

  it('is the same after a restart', () => {
    const first = look(newState('1-0'), { standing: standing(condition('hold', 'BTCUSDT')), readId: '7-3' });
    const again = decodeState(encodeState(first.after)) as ChannelState;
    expect(again.cursor).toBe('7-3');
    expect(kinds(look(again, { standing: standing(condition('hold', 'BTCUSDT')) }))).toEqual([]);
    expect(kinds(look(again, {}))).toEqual(['resolved hold:BTCUSDT']);
  });

  it.each(['', '{}', '[]', '{"version":2}', '{"version":1,"cursor":"x","told":[]}'])('nothing is known of %j', (text) =>
    expect(decodeState(text)).toBeUndefined(),
  );

  it('is not that something is over while it cannot be read', () => {
    const first = look(newState('1-0'), {
      standing: standing(condition('hold', 'BTCUSDT'), condition('dead_letters')),
    });
    expect(kinds(look(first.after, { unread: new Set(['symbols']) }))).toEqual(['resolved dead_letters']);
  });

  it('is what came and went between two looks, with who and why, as one line', () => {
    const moments = [moment('2-0', 'KILL_SWITCH_ENGAGED'), moment('3-0', 'KILL_SWITCH_RELEASED', 'bob')];
    const { lines, after } = look(newState('1-0'), { moments });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ kind: 'event', severity: 'critical', reason: 'kill_switch_engaged' });
    expect(lines[0]?.text).toMatch(/engaged by alice at .*: a test. Then: The kill switch was released by bob/);
    expect(kinds(look(after, {}))).toEqual([]);
  });

  it('is not an event besides the condition that it began, whichever is seen first', () => {
    const kill = standing(condition('kill_switch_engaged', undefined, NOW));
    const engaged = moment('2-0', 'KILL_SWITCH_ENGAGED');
    expect(kinds(look(newState('1-0'), { standing: kill, moments: [engaged] }))).toEqual(['new kill_switch_engaged']);
    const seenFirst = look(newState('1-0'), { standing: kill });
    expect(kinds(look(seenFirst.after, { standing: kill, moments: [engaged] }))).toEqual([]);
    const heardFirst = look(newState('1-0'), { moments: [engaged] });
    expect(kinds(heardFirst)).toEqual(['event kill_switch_engaged']);
    expect(kinds(look(heardFirst.after, { standing: kill }))).toEqual([]);
  });

  it('says with what is over who ended it', () => {
    const first = look(newState('1-0'), { standing: standing(condition('disarmed')) });
    const { lines } = look(first.after, { moments: [moment('2-0', 'ARMED', 'carol')] });
    expect(lines.map(({ kind }) => kind)).toEqual(['resolved']);
    expect(lines[0]?.text).toMatch(/^The system was armed by carol/);
  });

  it('is one line for a thousand events', () => {
    const moments = Array.from({ length: 1_000 }, (_, at) =>
      moment(`2-${at}`, at % 2 === 0 ? 'KILL_SWITCH_ENGAGED' : 'KILL_SWITCH_RELEASED'),
    );
    const { lines, after } = look(newState('1-0'), { moments, readId: '2-999' });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.text).toContain('(1000 changes since the last message)');
    expect(after.cursor).toBe('2-999');
  });
});

describe('in quiet hours', () => {
  const quiet = { isQuiet: true };
  it('only what is critical is told, the rest afterwards if it still holds', () => {
    const both = standing(condition('dead_letters'), condition('hold', 'BTCUSDT'));
    const night = look(newState('1-0'), { ...quiet, standing: both });
    expect(kinds(night)).toEqual(['new hold:BTCUSDT']);
    expect(kinds(look(night.after, { standing: both }))).toEqual(['new dead_letters']);
    expect(kinds(look(night.after, { standing: standing(condition('hold', 'BTCUSDT')) }))).toEqual([]);
  });

  it('an event that is not critical waits, and a critical one after it is told once, also over a restart', () => {
    const moments = [moment('2-0', 'ARMED'), moment('3-0', 'KILL_SWITCH_ENGAGED')];
    const night = look(newState('1-0'), { ...quiet, moments, readId: '3-0' });
    expect(kinds(night)).toEqual(['event kill_switch_engaged']);
    expect(night.after).toMatchObject({ cursor: '1-0', beyond: ['3-0'] });
    expect(night.held.map(({ id }) => id)).toEqual(['2-0']);
    const restarted = decodeState(encodeState(night.after)) as ChannelState;
    const kill = standing(condition('kill_switch_engaged'));
    const morning = look(restarted, { moments, standing: kill, readId: '3-0' });
    expect(kinds(morning)).toEqual(['event disarmed']);
    expect(morning.after).toMatchObject({ cursor: '3-0', beyond: [] });
  });
});

describe('a message', () => {
  const message = (count: number, of: (at: number) => Standing = (at) => condition('hold', `S${at}USDT`)) => {
    const { lines } = look(newState('1-0'), {
      standing: standing(...Array.from({ length: count }, (_, at) => of(at))),
    });
    return messageOf(lines, 'production quantum', new Redaction(['a-secret-of-the-process']));
  };

  it('has a line for each condition: what, since when, the command, the page', () => {
    expect(textOf(message(1))).toBe(
      'permit-gate production quantum: 1 critical\n' +
        'CRITICAL: hold holds Since 2026-11-30 12:00:00 UTC. > permit-gate status (runbook SymbolOnHold)',
    );
  });

  it('has a dozen lines at most, and fits into one of Telegram', () => {
    const long = message(49, (at) => ({ ...condition('hold', `S${at}USDT`), text: 'x'.repeat(5_000) }));
    const text = textOf(long);
    expect(text.split('\n')).toHaveLength(14);
    expect(text).toMatch(/and 37 more: permit-gate status$/);
    expect(text.length).toBeLessThan(4_096);
  });

  it('puts what is critical first, and what is over last', () => {
    const first = look(newState('1-0'), { standing: standing(condition('hold', 'AUSDT')) });
    const now = standing(condition('dead_letters'), condition('drift', 'BUSDT'));
    const { lines } = messageOf(look(first.after, { standing: now }).lines, 'd', new Redaction([]));
    expect(lines.map(({ reason }) => reason)).toEqual(['drift', 'dead_letters', 'hold']);
  });

  it('has no secret, and no line or control character of others', () => {
    const evil = message(1, () => ({ ...condition('hold'), text: 'x\nCRITICAL: false\u202e a-secret-of-the-process' }));
    expect(textOf(evil).split('\n')).toHaveLength(2);
    expect(textOf(evil)).toContain('x\\nCRITICAL: false\\u202e [redacted]');
  });

  it('has the same id for the same content', () => {
    expect(message(2).id).toBe(message(2).id);
    expect(message(2).id).not.toBe(message(3).id);
  });
});

describe('a text of a condition', () => {
  it('is told of every reason', () => {
    const all = Object.keys(CONDITIONS) as ConditionReason[];
    const found: Condition[] = all.map((reason) => condition(reason));
    expect(look(newState('1-0'), { standing: standing(...(found as Standing[])) }).lines).toHaveLength(all.length);
  });
});
