import { createStore, useStore } from './store.js';

/** What the fragment of the address names: `#/plans?state=FILLED` or `#/plan/0f1e2d3c4b5a6978`. */
export interface Route {
  readonly screen: string;
  readonly id: string;
  readonly query: URLSearchParams;
}

function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [screen = '', id = ''] = path.split('/', 2);
  return { screen: screen || 'symbols', id: decoded(id), query: new URLSearchParams(query) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

export function hrefOf(screen: string, id = '', query: Readonly<Record<string, string>> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
  return `#/${screen}${id === '' ? '' : `/${encodeURIComponent(id)}`}${search}`;
}

const route = createStore(routeOf(location.hash));
addEventListener('hashchange', () => route.set(routeOf(location.hash)));

export const useRoute = (): Route => useStore(route);

export function go(href: string): void {
  location.hash = href;
}

/** Another filter of the same screen: no new entry in the history. */
export function refine(href: string): void {
  history.replaceState(null, '', href);
  route.set(routeOf(href));
}
