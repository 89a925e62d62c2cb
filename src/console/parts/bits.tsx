import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';
import { clock } from '../api/server-clock.js';
import { texts } from '../texts.js';
import { amount, isTime, lasting, localTime, shareOf, utcTime } from './format.js';
import { useGateNow } from './now.js';

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

/** A time by the reader's clock; its age beside it, and UTC in its title. */
export function Time({ atMs, age = false }: { atMs: unknown; age?: boolean }): JSX.Element {
  if (!isTime(atMs)) return <span class="dim">–</span>;
  return (
    <time class="num" dateTime={new Date(atMs).toISOString()} title={utcTime(atMs)}>
      {localTime(atMs, clock.nowMs())}
      {age && <Age atMs={atMs} />}
    </time>
  );
}

/** Apart from the time, so that only what shows an age is drawn again every second. */
function Age({ atMs }: { atMs: number }): JSX.Element {
  return <span class="dim"> {texts.ago(lasting(useGateNow() - atMs))}</span>;
}

export function Amount({ of }: { of: string | number | null | undefined }): JSX.Element {
  return <span class="num">{amount(of)}</span>;
}

export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }): JSX.Element {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** Its colour is never the only sign: the word stands beside it. */
export function Light({ tone, children }: { tone: Tone; children: ComponentChildren }): JSX.Element {
  return (
    <span class="light">
      <span class={`dot ${tone}`} aria-hidden="true" />
      {children}
    </span>
  );
}

export function Bar(props: {
  label: string;
  used: string;
  limit: string | null;
  /** In the place of the numbers. */
  shown?: string;
  children?: ComponentChildren;
}): JSX.Element {
  const { label, used, limit, shown, children } = props;
  const share = shareOf(used, limit);
  return (
    <div class="bar-row">
      <span>{label}</span>
      <meter class={share >= 1 ? 'full' : ''} min={0} max={1} high={0.8} value={share} aria-label={label} />
      <span>
        <span class="num">{shown ?? `${amount(used)} / ${limit === null ? texts.noLimit : amount(limit)}`}</span>{' '}
        <span class="dim">{children}</span>
      </span>
    </div>
  );
}

/** One of several counts, with a bar that compares it with the largest. */
export function CountRow(props: {
  count: number;
  most: number;
  name: string;
  children: ComponentChildren;
}): JSX.Element {
  const { count, most, name, children } = props;
  return (
    <div class="count-row">
      <span>{children}</span>
      <meter min={0} max={Math.max(1, most)} value={count} aria-label={name} />
      <span class="num">{count}</span>
    </div>
  );
}

/** `name` says what is copied, where several buttons stand together. */
export function Copy({ text, label = texts.copy, name }: { text: string; label?: string; name?: string }): JSX.Element {
  const [outcome, setOutcome] = useState('');
  const copy = (): void => {
    // Only a page from this host or over https has a clipboard.
    if (!('clipboard' in navigator)) return setOutcome(texts.notCopied);
    navigator.clipboard.writeText(text).then(
      () => setOutcome(texts.copied),
      () => setOutcome(texts.notCopied),
    );
  };
  return (
    <button
      type="button"
      class="quiet"
      aria-label={name === undefined ? undefined : texts.copyOf(name)}
      onClick={copy}
      onBlur={() => setOutcome('')}
    >
      <span aria-live="polite">{outcome === '' ? label : outcome}</span>
    </button>
  );
}

/** Any value of the gate, in full and as text. */
export function Json({ value, label }: { value: unknown; label: string }): JSX.Element {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return (
    <details class="json">
      <summary>{label}</summary>
      <Copy text={text} />
      {/* A long one scrolls, and the keyboard must reach it. */}
      <pre tabIndex={0} role="group" aria-label={label}>
        {text}
      </pre>
    </details>
  );
}

/** Rows under headings; on a narrow screen each row becomes a block in which every value names its heading. */
export function Table(props: {
  label: string;
  heads: readonly string[];
  /** Heads of columns of numbers: these stand at the right. */
  numbers?: readonly string[];
  rows: readonly { readonly key: string; readonly cells: readonly ComponentChildren[]; readonly class?: string }[];
}): JSX.Element {
  const { label, heads, rows, numbers = [] } = props;
  const sideOf = (head = ''): string => (numbers.includes(head) ? 'right' : '');
  return (
    <div class="table" role="group" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th scope="col" key={head} class={sideOf(head)}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} class={row.class ?? ''}>
              {row.cells.map((cell, at) => (
                <td key={heads[at]} data-head={heads[at]} class={sideOf(heads[at])}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Names with their values. */
export function Facts({ of }: { of: readonly (readonly [name: string, value: ComponentChildren])[] }): JSX.Element {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
