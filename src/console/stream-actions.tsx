import type { ApiSchema } from '../client/api.js';
import { keyed, reasonOf } from './actions.js';
import { answer, gate } from './api/gate.js';
import { type Action, ask } from './parts/action.js';
import { texts } from './texts.js';

const T = texts.acts;
/** Below this the gate takes no consumer for dead that has no lease. */
const MIN_IDLE_MS = '15000';

/** The entries of dead consumers go to a live one. */
export function askClaim(stream: string, group: string): void {
  const action: Action<ApiSchema<'ClaimedAnswer'>> = {
    title: T.claimTitle(stream, group),
    effect: T.claimEffect,
    confirm: T.confirm(T.claim),
    fields: [
      { name: 'idle', label: T.minIdle, value: MIN_IDLE_MS, help: T.minIdleHelp },
      { name: 'consumer', label: T.consumer, help: T.consumerHelp, isOptional: true },
    ],
    carryOut: (values, key) => {
      const consumer = values['consumer']?.trim() ?? '';
      return answer(
        gate.POST('/api/v1/streams/{name}/groups/{group}/claim', {
          params: { path: { name: stream, group }, header: keyed(key) },
          body: {
            ...reasonOf(values),
            min_idle_ms: Number(values['idle']),
            ...(consumer === '' ? {} : { consumer }),
          },
        }),
      );
    },
    done: ({ to, claimed, gone, more }) => (
      <p>
        {to === null ? T.nothingToClaim : T.claimed(claimed.length, to)} {gone > 0 && T.gone(gone)}{' '}
        {more && T.claimMore}
      </p>
    ),
  };
  ask(action);
}

/** The group goes on after the entry that is named, and never sees what is before. */
export function askSkip(stream: string, group: string): void {
  const action: Action<ApiSchema<'SkipAnswer'>> = {
    title: T.skipTitle(stream, group),
    effect: T.skipEffect,
    confirm: T.confirm(T.skip),
    fields: [
      { name: 'to', label: T.skipTo, value: 'latest', help: T.skipToHelp },
      { name: 'force', label: T.force, options: T.forceOptions },
    ],
    carryOut: (values, key) =>
      answer(
        gate.POST('/api/v1/streams/{name}/groups/{group}/skip', {
          params: { path: { name: stream, group }, header: keyed(key) },
          body: { ...reasonOf(values), to: values['to']?.trim() ?? '', force: values['force'] === 'yes' },
        }),
      ),
    done: ({ unread, acknowledged, lost }) => (
      <>
        <p>{T.skipped(unread, acknowledged)}</p>
        {lost.length > 0 && (
          <ul>
            {lost.map(({ id, detail }) => (
              <li key={id}>
                <span class="num">{id}</span> {detail}
              </li>
            ))}
          </ul>
        )}
      </>
    ),
  };
  ask(action);
}

export function askRenew(stream: string): void {
  const action: Action<ApiSchema<'RenewedAnswer'>> = {
    title: T.renewTitle(stream),
    effect: T.renewEffect,
    confirm: T.confirm(T.renew),
    carryOut: (values, key) =>
      answer(
        gate.POST('/api/v1/streams/{name}/renew', {
          params: { path: { name: stream }, header: keyed(key) },
          body: reasonOf(values),
        }),
      ),
    done: ({ outcome, moved, removed }) => (
      <p>
        {T.renewed[outcome]} {moved !== undefined && T.kept(moved, removed ?? 0)}
      </p>
    ),
  };
  ask(action);
}
