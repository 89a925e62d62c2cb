import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ApiSchema } from '../../client/api.js';
import { answer, gate } from '../api/gate.js';
import { useAudit } from '../api/queries.js';
import { Badge, Json, Table, Time } from '../parts/bits.js';
import { asText } from '../parts/format.js';
import { hrefOf, refine, type Route } from '../parts/route.js';
import { Failure, Shown } from '../parts/states.js';
import { texts } from '../texts.js';

const T = texts.audit;
const FILTERS = ['actor', 'action', 'target'] as const;
const CONTROL = /^(kill_switch|arm|disarm|symbol)/;

/** Who did what, with the state of the chain that proves it. */
export function Audit({ route: { query } }: { route: Route }): JSX.Element {
  const value = (name: string): string => query.get(name) ?? '';
  const audit = useAudit({ actor: value('actor'), action: value('action'), target: value('target') });
  const onlyControl = value('control') === 'yes';
  const change = (changed: Record<string, string>): void =>
    refine(hrefOf('audit', '', { ...Object.fromEntries(query), ...changed }));
  return (
    <section aria-labelledby="title">
      <h1 id="title">{T.title}</h1>
      <div class="filters">
        {FILTERS.map((name) => (
          <label key={name}>
            {T[name]}
            <input value={value(name)} onInput={({ currentTarget }) => change({ [name]: currentTarget.value })} />
          </label>
        ))}
        <label class="check">
          <input type="checkbox" checked={onlyControl} onChange={() => change({ control: onlyControl ? '' : 'yes' })} />
          {T.controlOnly}
        </label>
      </div>
      <Verify />
      <Shown query={audit}>
        {({ pages }) => {
          const [first] = pages;
          const entries = pages
            .flatMap((page) => page.entries)
            .filter((entry) => !onlyControl || CONTROL.test(asText(entry['action'])));
          return (
            <>
              {first !== undefined && <Chain state={first.chain} />}
              {entries.length === 0 ? <p class="state">{T.empty}</p> : <Entries of={entries} />}
            </>
          );
        }}
      </Shown>
      {audit.hasNextPage && (
        <button type="button" disabled={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
          {texts.more}
        </button>
      )}
    </section>
  );
}

function Chain({ state: { intact, detail } }: { state: ApiSchema<'ChainStateAnswer'> }): JSX.Element {
  return intact ? (
    <p class="state good">{T.chainIntact}</p>
  ) : (
    <p class="note bad">
      {T.chainBroken} {detail}
    </p>
  );
}

interface Verified {
  readonly says: string;
  readonly isGood: boolean;
}

async function verified(): Promise<Verified> {
  const { intact, chains } = await answer(gate.GET('/api/v1/audit/verify'));
  const faults = chains.flatMap((chain) => chain.faults.map(({ kind, detail }) => `${chain.chain}: ${kind} ${detail}`));
  return { says: intact ? T.verified : `${T.notVerified} ${faults.join('; ')}`, isGood: intact };
}

/** A read of everything, so that it is made when asked for. */
function Verify(): JSX.Element {
  const [state, setState] = useState<'idle' | 'running' | Verified | { error: unknown }>('idle');
  const verify = (): void => {
    setState('running');
    void verified().then(setState, (error: unknown) => setState({ error }));
  };
  return (
    <div aria-live="polite">
      <button type="button" disabled={state === 'running'} onClick={verify}>
        {T.verify}
      </button>
      {state === 'running' && <p class="state">{texts.states.loading}</p>}
      {typeof state === 'object' && 'says' in state && (
        <p class={state.isGood ? 'state good' : 'note bad'}>{state.says}</p>
      )}
      {typeof state === 'object' && 'error' in state && <Failure error={state.error} />}
    </div>
  );
}

type Entry = ApiSchema<'AuditAnswer'>['entries'][number];

function Entries({ of }: { of: readonly Entry[] }): JSX.Element {
  return (
    <Table
      label={T.title}
      heads={[T.time, T.actor, T.action, T.target, T.reason, T.proof, T.entry]}
      rows={of.map((entry) => ({
        key: `${entry.chain} ${entry.id}`,
        cells: [
          <Time key="time" atMs={timeOf(entry)} />,
          asText(entry['actor']),
          <code key="action">{asText(entry['action'])}</code>,
          asText(entry['target']),
          asText(entry['reason']),
          <Badge key="proof" tone={entry.proof === 'proven' || entry.proof === 'ok' ? 'good' : 'plain'}>
            {entry.proof}
          </Badge>,
          <Json key="entry" label={entry.id} value={entry} />,
        ],
      }))}
    />
  );
}

/** Of the entry itself, or of its id in the stream. */
function timeOf(entry: Entry): number {
  const own = entry['at_ms'] ?? entry['ts_ms'];
  return typeof own === 'number' ? own : Number(entry.id.split('-')[0]);
}
