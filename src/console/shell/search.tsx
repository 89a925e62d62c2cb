import type { JSX } from 'preact';
import { usePositions } from '../api/queries.js';
import { go, hrefOf } from '../parts/route.js';
import { texts } from '../texts.js';

const PLAN_ID = /^[0-9a-f]{16}$/i;

/** A symbol, or the id of a plan. */
export function Search(): JSX.Element {
  const { data } = usePositions();
  const symbols = data?.positions.map(({ symbol }) => symbol) ?? [];
  const submit = (event: Event): void => {
    event.preventDefault();
    const input = document.getElementById('search') as HTMLInputElement;
    const text = input.value.trim();
    if (text === '') return;
    const symbol =
      symbols.find((each) => each === text.toUpperCase()) ??
      symbols.find((each) => each.startsWith(text.toUpperCase()));
    go(PLAN_ID.test(text) ? hrefOf('plan', text.toLowerCase()) : hrefOf('symbols', symbol ?? text.toUpperCase()));
    input.value = '';
    input.blur();
  };
  return (
    <form role="search" onSubmit={submit}>
      <input
        id="search"
        type="search"
        list="search-symbols"
        placeholder={texts.header.search}
        aria-label={texts.header.search}
        aria-keyshortcuts="/"
        autocomplete="off"
        maxLength={64}
      />
      <datalist id="search-symbols">
        {symbols.map((symbol) => (
          <option key={symbol} value={symbol} />
        ))}
      </datalist>
    </form>
  );
}
