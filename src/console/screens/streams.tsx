import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { useStreams } from '../api/queries.js';
import { Light, Table, type Tone } from '../parts/bits.js';
import { lasting } from '../parts/format.js';
import { Shown } from '../parts/states.js';
import { ActButton } from '../shell/role.js';
import { askClaim, askRenew, askSkip } from '../stream-actions.js';
import { texts } from '../texts.js';

const T = texts.streams;
const acts = texts.acts;
type Group = ApiSchema<'GroupAnswer'>;
type Consumer = ApiSchema<'ConsumerAnswer'>;

const TONES: Readonly<Record<Consumer['life'], Tone>> = { alive: 'good', reading: 'good', silent: 'warn', dead: 'bad' };

/** How far every group is, who reads, and what an admin can do where nobody does. */
export function Streams(): JSX.Element {
  const streams = useStreams();
  return (
    <section aria-labelledby="title">
      <h1 id="title">{T.title}</h1>
      <Shown query={streams}>
        {({ streams: all }) => (
          <Table
            label={T.title}
            numbers={[T.length, T.lag, T.pending]}
            heads={[T.stream, T.length, T.group, T.lag, T.pending, T.consumers, T.acts]}
            rows={all.flatMap(({ stream, length, groups }) =>
              groups.map((group, at) => ({ key: `${stream} ${group.group}`, cells: cells(stream, length, group, at) })),
            )}
          />
        )}
      </Shown>
    </section>
  );
}

function cells(stream: string, length: number, of: Group, at: number): JSX.Element[] {
  const { group, exists, lag, pending, consumers } = of;
  return [
    <code key="stream">{stream}</code>,
    <Count key="length" of={length} />,
    <span key="group">{exists ? group : `${group} ${T.noGroup}`}</span>,
    lag === null ? <span key="lag">{texts.unknown}</span> : <Count key="lag" of={lag} />,
    <Count key="pending" of={pending} />,
    consumers.length === 0 ? <span key="consumers">{texts.none}</span> : <Consumers key="consumers" of={consumers} />,
    <div key="acts" class="buttons">
      <ActButton needs="admin" onClick={() => askClaim(stream, group)} label={acts.claimTitle(stream, group)}>
        {acts.claim}
      </ActButton>
      <ActButton needs="admin" onClick={() => askSkip(stream, group)} label={acts.skipTitle(stream, group)}>
        {acts.skip}
      </ActButton>
      {at === 0 && (
        <ActButton needs="admin" onClick={() => askRenew(stream)} label={acts.renewTitle(stream)}>
          {acts.renew}
        </ActButton>
      )}
    </div>,
  ];
}

const Count = ({ of }: { of: number }): JSX.Element => <span class="num">{of}</span>;

function Consumers({ of }: { of: readonly Consumer[] }): JSX.Element {
  return (
    <>
      {of.map(({ name, life, pending, idle_ms: idleMs }) => (
        <span key={name} class="line">
          <Light tone={TONES[life]}>{T.lives[life]}</Light> {name}{' '}
          <span class="dim">
            {T.idle(lasting(idleMs))}
            {pending > 0 && `, ${T.holds(pending)}`}
          </span>
        </span>
      ))}
    </>
  );
}
