import type { JSX } from 'preact';
import { REASONS } from '../reasons.generated.js';
import { Badge } from '../parts/bits.js';
import { explained, Reason } from '../parts/reason.js';
import type { Route } from '../parts/route.js';
import { texts } from '../texts.js';

const T = texts.reasons;

/** What every reason of the gate means: one, or all of them. The texts are those of docs/reasons.md. */
export function ReasonsScreen({ route: { id } }: { route: Route }): JSX.Element {
  return (
    <section aria-labelledby="title">
      <h1 id="title">
        {id === '' ? (
          T.title
        ) : (
          <>
            <a href="#/reasons">{T.title}</a> / <code>{id}</code>
          </>
        )}
      </h1>
      {id === '' ? <All /> : <One word={id} />}
    </section>
  );
}

function One({ word }: { word: string }): JSX.Element {
  const found = explained(word);
  if (found.length === 0) return <p class="state">{T.unknown}</p>;
  return (
    <div class="cards">
      {found.map(({ set, meaning, mark }) => (
        <article class="card" key={set}>
          <h2>{T.sets[set] ?? set}</h2>
          <p>
            <Meaning text={meaning} />
          </p>
          {mark !== '' && (
            <p>
              <Badge tone={mark === 'retryable' ? 'warn' : 'plain'}>{mark}</Badge> {T.marks[mark] ?? ''}
            </p>
          )}
        </article>
      ))}
    </div>
  );
}

function All(): JSX.Element {
  return (
    <div class="cards">
      {Object.entries(REASONS).map(([set, words]) => (
        <article class="card" key={set}>
          <h2>{T.sets[set] ?? set}</h2>
          <dl class="words">
            {Object.entries(words).map(([word, [meaning, mark]]) => (
              <div key={word}>
                <dt>
                  <Reason word={word} /> {mark !== '' && <span class="dim">{mark}</span>}
                </dt>
                <dd>
                  <Meaning text={meaning} />
                </dd>
              </div>
            ))}
          </dl>
        </article>
      ))}
    </div>
  );
}

/** A word between back quotes is code. */
function Meaning({ text }: { text: string }): JSX.Element {
  return <>{text.split('`').map((part, at) => (at % 2 === 1 ? <code key={part}>{part}</code> : part))}</>;
}
