import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { type Status, useStatus } from '../api/queries.js';
import { Badge, Facts, Light, Table, Time } from '../parts/bits.js';
import { lasting } from '../parts/format.js';
import { Reason } from '../parts/reason.js';
import { Shown } from '../parts/states.js';
import { texts } from '../texts.js';

const T = texts.fleet;
type Instance = ApiSchema<'InstanceAnswer'>;

/** Every process of the deployment; what differs between them is marked. */
export function FleetScreen(): JSX.Element {
  const status = useStatus();
  return (
    <section aria-labelledby="title">
      <h1 id="title">{T.title}</h1>
      <Shown query={status}>
        {(data) => (
          <>
            {data.fleet === null || data.fleet === undefined ? (
              <p class="state">{T.unavailable}</p>
            ) : (
              <Instances fleet={data.fleet} />
            )}
            <Answering status={data} />
          </>
        )}
      </Shown>
    </section>
  );
}

function Instances({ fleet: { complete, instances, missing } }: { fleet: ApiSchema<'FleetAnswer'> }): JSX.Element {
  return (
    <>
      <p class={complete ? 'state good' : 'note bad'}>{complete ? T.complete : T.incomplete}</p>
      {missing.map(({ role, text, remedy }) => (
        <p class="note bad" key={role}>
          <strong>{role}</strong> {text} <code class="remedy">{remedy}</code>
        </p>
      ))}
      <Table
        label={T.title}
        heads={[T.role, T.instance, T.state, T.version, T.configuration, T.seen, T.started, T.host]}
        rows={instances.map((each) => ({
          key: `${each.role} ${each.instance}`,
          class: each.differs.length > 0 ? 'differs' : '',
          cells: [
            each.role,
            each.ours ? each.instance : `${each.instance} (${T.foreign})`,
            <State key="state" of={each} />,
            <Compared key="version" of={each} what="version" text={each.version} />,
            <Compared key="configuration" of={each} what="configuration" text={each.configuration} />,
            <Time key="seen" atMs={each.seen_ms} age />,
            <Time key="started" atMs={each.started_ms} />,
            each.host === null ? '–' : `${each.host}${each.pid === null ? '' : ` (${each.pid})`}`,
          ],
        }))}
      />
    </>
  );
}

function State({ of: { state, text, faults } }: { of: Instance }): JSX.Element {
  const tone =
    state === 'ready' || state === 'reading' ? 'good' : state === 'not_ready' || state === 'gone' ? 'bad' : 'warn';
  return (
    <span title={text}>
      <Light tone={tone}>
        <Reason word={state} />
      </Light>{' '}
      <span class="dim">{faults.join('; ')}</span>
    </span>
  );
}

function Compared(props: { of: Instance; what: 'version' | 'configuration'; text: string | null }): JSX.Element {
  const { of, what, text } = props;
  if (!of.differs.includes(what)) return <span class="num">{text ?? '–'}</span>;
  return (
    <span>
      <span class="num">{text ?? '–'}</span> <Badge tone="bad">{T.differs}</Badge>{' '}
      <span class="dim">{what === 'configuration' ? of.differs_in.join(', ') : ''}</span>
    </span>
  );
}

const rounded = (ms: number | null): string => (ms === null ? '–' : String(Math.round(ms)));

function Answering({ status }: { status: Status }): JSX.Element {
  const { instance, build, phase, detail, exchange, redis, clock, roles, uptime_sec: uptimeSec } = status;
  return (
    <>
      <h2>
        {T.answering}: {instance}
      </h2>
      <Facts
        of={[
          [T.state, [phase, detail].filter((text) => text !== '').join(': ')],
          [T.version, `${build.version}, Node ${build.node}`],
          [T.started, texts.ago(lasting(uptimeSec * 1_000))],
          [T.exchange, [exchange.state, exchange.last_error].filter((text) => text !== '').join(': ')],
          [
            T.weight,
            <span key="weight" class="num">
              {exchange.weight_used_1m ?? '–'} / 2400
            </span>,
          ],
          [T.redis, redis.ok ? 'ok' : redis.message],
          [T.clock, `exchange ${rounded(clock.exchange_offset_ms)} ms, Redis ${rounded(clock.redis_offset_ms)} ms`],
        ]}
      />
      <h2>{T.loops}</h2>
      <Table
        label={T.loops}
        heads={[T.role, T.loop, T.moved]}
        rows={roles.flatMap(({ role, loops }) =>
          loops.map(({ name, alive, idle_ms: idleMs }) => ({
            key: `${role} ${name}`,
            cells: [
              role,
              <Light key="alive" tone={alive ? 'good' : 'bad'}>
                {name}
              </Light>,
              texts.ago(lasting(idleMs)),
            ],
          })),
        )}
      />
    </>
  );
}
