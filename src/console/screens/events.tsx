import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type GateEvent, live, recentEvents } from '../api/live-state.js';
import { Table, Time } from '../parts/bits.js';
import { asText } from '../parts/format.js';
import { hrefOf } from '../parts/route.js';
import { useStore } from '../parts/store.js';
import { texts } from '../texts.js';

const T = texts.events;
/** More rows than fit a screen cost time with every event, and are shown when asked for. */
const FIRST = 60;
const KNOWN = new Set(['type', 'at_ms', 'plan_id', 'symbol', 'key']);

export function Events(): JSX.Element {
  const events = useStore(recentEvents);
  const { state } = useStore(live);
  const [filter, setFilter] = useState('');
  const [most, setMost] = useState(FIRST);
  const found = events.filter(({ type }) => type.includes(filter.trim()));
  const shown = found.slice(0, most);
  return (
    <section aria-labelledby="title">
      <h1 id="title">{T.title}</h1>
      <p>{T.help}</p>
      {state === 'polling' && <p class="note">{T.off}</p>}
      <label>
        {T.filter} <input value={filter} onInput={({ currentTarget }) => setFilter(currentTarget.value)} />
      </label>
      {shown.length === 0 ? (
        <p class="state">{T.empty}</p>
      ) : (
        <Table
          label={T.title}
          heads={[texts.audit.time, T.type, T.about, T.detail]}
          rows={shown.map((event) => ({
            key: String(event.key),
            cells: [
              <Time key="time" atMs={event.at_ms} />,
              <code key="type">{event.type}</code>,
              <About key="about" event={event} />,
              <span key="detail" class="detail">
                {detailOf(event)}
              </span>,
            ],
          }))}
        />
      )}
      {found.length > most && (
        <button type="button" onClick={() => setMost(Infinity)}>
          {texts.more}
        </button>
      )}
    </section>
  );
}

function About({ event }: { event: GateEvent }): JSX.Element {
  const { plan_id: planId, symbol } = event;
  return (
    <>
      {typeof symbol === 'string' && symbol !== '' && <a href={hrefOf('symbols', symbol)}>{symbol}</a>}{' '}
      {typeof planId === 'string' && planId !== '' && (
        <a class="num" href={hrefOf('plan', planId)}>
          {planId}
        </a>
      )}
    </>
  );
}

const detailOf = (event: GateEvent): string =>
  Object.entries(event)
    .filter(([name, value]) => !KNOWN.has(name) && value !== null && value !== '')
    .map(([name, value]) => `${name} ${asText(value)}`)
    .join(' · ');
