import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { go } from '../parts/route.js';
import { createStore, useStore } from '../parts/store.js';
import type { ScreenEntry } from '../screens/all.js';
import { texts } from '../texts.js';
import { askStop } from './kill-switch.js';
import { useMay } from './role.js';

const T = texts.keys;
type Screens = readonly ScreenEntry[];
/** The second key of `g s` comes within that time. */
const TOGETHER_MS = 1_500;

const help = createStore(false);
export const openHelp = (): void => help.set(true);

export function useKeys(screens: Screens): void {
  const mayStop = useMay('operator');
  useEffect(() => {
    let goMs = 0;
    const onKey = (event: KeyboardEvent): void => {
      const { key, ctrlKey, metaKey, altKey, target } = event;
      if (ctrlKey || metaKey || altKey || isWriting(target)) return;
      const screen = screens.find((each) => each.letter === key);
      if (performance.now() - goMs < TOGETHER_MS && goMs > 0 && screen !== undefined) go(`#/${screen.name}`);
      else if (key === '/') document.getElementById('search')?.focus();
      else if (key === '?') openHelp();
      else if (key === 'K' && mayStop) askStop();
      else if (key !== 'g') return;
      goMs = key === 'g' ? performance.now() : 0;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [mayStop, screens]);
}

const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.matches('input, select, textarea') || target.closest('dialog') !== null);

export function HelpDialog({ screens }: { screens: Screens }): JSX.Element | null {
  return useStore(help) ? <Help screens={screens} /> : null;
}

function Help({ screens }: { screens: Screens }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const rows: readonly (readonly [keys: string, meaning: string])[] = [
    ['/', T.search],
    ['?', T.help],
    ['K', T.kill],
    ['Esc', T.escape],
    ...screens.flatMap(({ letter, nav }) =>
      letter === undefined || nav === undefined ? [] : [[`g ${letter}`, T.go(nav)] as const],
    ),
  ];
  return (
    <dialog ref={dialog} aria-labelledby="keys-title" onClose={() => help.set(false)}>
      <h2 id="keys-title">{T.title}</h2>
      <dl class="facts">
        {rows.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <div class="buttons">
        <button type="button" onClick={() => dialog.current?.close()}>
          {T.close}
        </button>
      </div>
    </dialog>
  );
}
