import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useConfiguration } from '../api/queries.js';
import { Table } from '../parts/bits.js';
import { asText } from '../parts/format.js';
import { Shown } from '../parts/states.js';
import { texts } from '../texts.js';

const T = texts.config;

export function Configuration(): JSX.Element {
  const configuration = useConfiguration();
  const [filter, setFilter] = useState('');
  return (
    <section aria-labelledby="title">
      <h1 id="title">{T.title}</h1>
      <p>{T.help}</p>
      <label>
        {T.filter} <input value={filter} onInput={({ currentTarget }) => setFilter(currentTarget.value)} />
      </label>
      <Shown query={configuration}>
        {({ configuration: values }) => (
          <Table
            label={T.title}
            heads={[T.variable, T.value]}
            rows={Object.entries(values)
              .filter(([name]) => name.includes(filter.trim().toUpperCase()))
              .map(([name, value]) => ({
                key: name,
                cells: [<code key="name">{name}</code>, Array.isArray(value) ? value.join(', ') : asText(value)],
              }))}
          />
        )}
      </Shown>
    </section>
  );
}
