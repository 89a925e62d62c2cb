import type { JSX } from 'preact';
import { useStreams } from '../api/queries.js';
import { Table } from '../parts/bits.js';
import { lasting } from '../parts/format.js';
import { Shown } from '../parts/states.js';
import { texts } from '../texts.js';

const T = texts.streams;

export function Streams(): JSX.Element {
  const streams = useStreams();
  return (
    <section aria-labelledby="title">
      <h1 id="title">{T.title}</h1>
      <Shown query={streams}>
        {({ streams: all }) => (
          <Table
            label={T.title}
            heads={[T.stream, T.length, T.group, T.lag, T.pending, T.consumers]}
            rows={all.flatMap(({ stream, length, groups }) =>
              groups.map(({ group, exists, lag, pending, consumers }) => ({
                key: `${stream} ${group}`,
                cells: [
                  stream,
                  <span key="length" class="num">
                    {length}
                  </span>,
                  exists ? group : `${group} ${T.noGroup}`,
                  <span key="lag" class="num">
                    {lag ?? texts.unknown}
                  </span>,
                  <span key="pending" class="num">
                    {pending}
                  </span>,
                  consumers.length === 0
                    ? texts.none
                    : consumers.map(({ name, idle_ms: idleMs }) => (
                        <span key={name} class="line">
                          {name} <span class="dim">{T.idle(lasting(idleMs))}</span>
                        </span>
                      )),
                ],
              })),
            )}
          />
        )}
      </Shown>
    </section>
  );
}
