import type { JSX } from 'preact';
import type { ApiSchema } from '../../client/api.js';
import { hasNoCells, useCells } from '../api/queries.js';
import { Badge, Light, Table, Time } from '../parts/bits.js';
import { Reason } from '../parts/reason.js';
import { Shown } from '../parts/states.js';
import { ActButton } from '../shell/role.js';
import { texts } from '../texts.js';
import { askStopAll } from './cells-stop.js';

const T = texts.cells;
type Cell = ApiSchema<'CellAnswer'>;
type Cells = ApiSchema<'CellsAnswer'>;

const TONES = { ready: 'good', not_ready: 'bad', no_answer: 'warn' } as const;
const STATES = ['ready', 'not_ready', 'no_answer'] as const;

/** Every cell of CELLS_FILE: what it says about itself, or why it does not; and one stop for all of them. */
export function CellsScreen(): JSX.Element {
  const cells = useCells();
  const { data, error } = cells;
  const isAbsent = hasNoCells(error);
  return (
    <section aria-labelledby="title">
      <div class="title-row">
        <h1 id="title">{T.title}</h1>
        {!isAbsent && (
          // Also while nothing is shown: the call itself says what is certain.
          <ActButton needs="operator" class="danger" onClick={() => askStopAll(data?.cells.length ?? 0)}>
            {T.stop}
          </ActButton>
        )}
      </div>
      {isAbsent ? (
        <p class="state">{error.detail}</p>
      ) : (
        <Shown query={cells}>
          {(all) => (
            <>
              <Overview of={all} />
              {all.conflicts.map(({ text }) => (
                <p class="note bad" key={text}>
                  {text}
                </p>
              ))}
              <AllCells cells={all.cells} />
              <Attention cells={all.cells} />
            </>
          )}
        </Shown>
      )}
    </section>
  );
}

function Overview({ of: { cells, needs_you: needsYou } }: { of: Cells }): JSX.Element {
  const engaged = cells.filter(({ kill_switch: kill }) => kill?.engaged === true).length;
  return (
    <p class="overview">
      {STATES.map((state) => {
        const count = cells.filter((cell) => cell.state === state).length;
        return (
          <>
            <Badge key={state} tone={count === 0 ? 'plain' : TONES[state]}>
              {count} {T.states[state]}
            </Badge>{' '}
          </>
        );
      })}
      <Badge tone={engaged === 0 ? 'plain' : 'bad'}>
        {engaged} {T.stoppedCount}
      </Badge>{' '}
      <Badge tone={needsYou === 0 ? 'plain' : 'warn'}>{T.needCount(needsYou)}</Badge>
    </p>
  );
}

function AllCells({ cells }: { cells: readonly Cell[] }): JSX.Element {
  return (
    <Table
      label={T.title}
      heads={[T.cell, T.state, T.mode, T.armed, T.kill, T.needsYou, T.symbols, T.answered]}
      numbers={[T.needsYou]}
      rows={cells.map((cell) => ({
        key: cell.name,
        cells: [
          <Name key="name" of={cell} />,
          <State key="state" of={cell} />,
          cell.mode === null ? '–' : (texts.header.modes[cell.mode] ?? cell.mode),
          cell.armed === null ? '–' : cell.armed ? texts.yes : texts.no,
          <Kill key="kill" of={cell.kill_switch} />,
          cell.needs_you ?? '–',
          cell.symbols?.join(', ') ?? '–',
          <Time key="answered" atMs={cell.last_answer_ms} age />,
        ],
      }))}
    />
  );
}

/** With the way to its own console, which needs a token of its own. */
function Name({ of: { name, account, urls } }: { of: Cell }): JSX.Element {
  return (
    <span>
      <a href={urls[0]} rel="noreferrer" title={T.ownConsole(name)}>
        {name}
      </a>{' '}
      <span class="dim">{account}</span>
    </span>
  );
}

function State({ of: { state, text } }: { of: Cell }): JSX.Element {
  return (
    <span>
      <Light tone={TONES[state]}>{T.states[state]}</Light> <span class="dim">{text}</span>
    </span>
  );
}

function Kill({ of }: { of: Cell['kill_switch'] }): JSX.Element {
  if (of === null) return <span class="dim">{texts.unknown}</span>;
  if (!of.engaged) return <span>{T.released}</span>;
  return (
    <span>
      <Badge tone="bad">{texts.header.killed}</Badge> <span class="dim">{texts.header.killedBy(of.by, of.reason)}</span>
    </span>
  );
}

function Attention({ cells }: { cells: readonly Cell[] }): JSX.Element | null {
  const found = cells.flatMap(({ name, attention }) => (attention ?? []).map((each) => ({ name, ...each })));
  if (found.length === 0) return null;
  return (
    <>
      <h2>{texts.needs.title}</h2>
      <Table
        label={texts.needs.title}
        heads={[T.cell, T.what, T.symbol, T.since]}
        rows={found.map(({ name, reason, symbol, text, since_ms: sinceMs }, at) => ({
          key: `${name} ${at}`,
          cells: [
            name,
            <span key="what">
              <Reason word={reason} /> {text}
            </span>,
            symbol ?? '–',
            <Time key="since" atMs={sinceMs} age />,
          ],
        }))}
      />
    </>
  );
}
