import type { ComponentChildren, JSX } from 'preact';
import { NoAnswer, Refused } from '../api/problems.js';
import { texts } from '../texts.js';
import { lasting } from './format.js';
import { useAnswerAge } from './now.js';

const STALE_MS = 20_000;

interface Query<Data> {
  readonly data: Data | undefined;
  readonly error: unknown;
  readonly dataUpdatedAt: number;
  readonly isPending: boolean;
}

/** Why a read failed, for a person. */
export function failureText(error: unknown): string {
  if (error instanceof Refused) {
    if (error.status === 403) return texts.states.forbidden;
    return error.detail === '' ? error.title || String(error.status) : error.detail;
  }
  if (error instanceof NoAnswer) return texts.states.noAnswer[error.how];
  return error instanceof Error ? error.message : String(error);
}

/** The one frame of everything that is read: loading, failed, empty, stale, or there. */
export function Shown<Data>(props: {
  query: Query<Data>;
  children: (data: Data) => ComponentChildren;
  isEmpty?: (data: Data) => boolean;
  empty?: string;
}): JSX.Element {
  const { query, children, isEmpty, empty = texts.states.empty } = props;
  const { data, error, dataUpdatedAt } = query;
  const ageMs = useAnswerAge(dataUpdatedAt);
  if (data === undefined) {
    if (error !== null && error !== undefined) return <Failure error={error} />;
    return (
      <p class="state" role="status">
        {texts.states.loading}
      </p>
    );
  }
  const isStale = ageMs > STALE_MS;
  return (
    <div class={isStale ? 'shown stale' : 'shown'}>
      {error !== null && error !== undefined && <Failure error={error} old={lasting(ageMs)} />}
      {isStale && (error === null || error === undefined) && <p class="note">{texts.states.stale(lasting(ageMs))}</p>}
      {isEmpty?.(data) === true ? <p class="state">{empty}</p> : children(data)}
    </div>
  );
}

export function Failure({ error, old }: { error: unknown; old?: string }): JSX.Element {
  return (
    <p class="note bad" role="alert">
      <strong>{error instanceof Refused ? error.title : texts.states.failed}</strong> {failureText(error)}
      {old !== undefined && ` ${texts.states.shownFrom(old)}`}
    </p>
  );
}
