import type { JSX } from 'preact';
import { useStatus } from '../api/queries.js';
import { clock } from '../api/server-clock.js';
import { lasting } from '../parts/format.js';
import { useAnswerAge } from '../parts/now.js';
import { Failure } from '../parts/states.js';
import { texts } from '../texts.js';

const STALE_MS = 10_000;
const CLOCK_MS = 3_000;

/** How old what the header shows is; `undefined` before the first answer. */
export function useAgeMs(): number | undefined {
  const { dataUpdatedAt } = useStatus();
  const ageMs = useAnswerAge(dataUpdatedAt);
  return dataUpdatedAt === 0 ? undefined : ageMs;
}

export function useIsStale(): boolean {
  const ageMs = useAgeMs();
  const { isError } = useStatus();
  return ageMs === undefined ? isError : ageMs > STALE_MS;
}

/** What must be known before anything below is believed. */
export function StaleNote(): JSX.Element {
  const ageMs = useAgeMs();
  const isStale = useIsStale();
  const { data, error } = useStatus();
  const { offsetMs } = clock;
  return (
    <div class="notes" aria-live="polite">
      {isStale && (
        <p class="note bad">{ageMs === undefined ? texts.header.staleNever : texts.header.stale(lasting(ageMs))}</p>
      )}
      {error !== null && <Failure error={error} />}
      {data !== undefined && !data.redis.ok && (
        <p class="note bad">
          {texts.header.redis} {data.redis.message}
        </p>
      )}
      {Math.abs(offsetMs) > CLOCK_MS && (
        <p class="note">
          {texts.header.clock(lasting(Math.abs(offsetMs)), offsetMs > 0 ? texts.header.behind : texts.header.ahead)}
        </p>
      )}
    </div>
  );
}
