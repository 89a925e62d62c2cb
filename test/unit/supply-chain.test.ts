import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly dev?: boolean; readonly hasInstallScript?: boolean }>
  >;
}
interface Bill {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly hashes: readonly { readonly alg: string }[];
  }[];
}

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const lock = JSON.parse(read('package-lock.json')) as Lock;
const atRunTime = Object.entries(lock.packages).filter(([place, { dev }]) => place !== '' && dev !== true);

describe('the packages', () => {
  it('are named with one exact version each', () => {
    const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('run no script when they are installed', () => {
    expect(read('.npmrc').split('\n')).toContain('ignore-scripts=true');
    // A download count, an optional speed-up that would be compiled, and thanks: none is needed.
    const withScripts = atRunTime.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    expect(withScripts.map(([place]) => place)).toEqual([
      'node_modules/@scarf/scarf',
      'node_modules/bufferutil',
      'node_modules/ccxt',
    ]);
  });
});

describe('npm run sbom', () => {
  const text = execFileSync(process.execPath, ['scripts/sbom.mjs'], { cwd: ROOT, encoding: 'utf8' });
  const bill = JSON.parse(text) as Bill;

  it('lists every package of the image with its hash, and none of development', () => {
    expect([bill.bomFormat, bill.metadata.component.name]).toEqual(['CycloneDX', manifest.name]);
    const listed = bill.components.map(({ name, version }) => `${name}@${version}`).toSorted();
    // docker/Dockerfile removes these from the image.
    const inImage = atRunTime.filter(([place]) => !/^node_modules\/(typescript|@scarf\/scarf)$/.test(place));
    expect(inImage).toHaveLength(atRunTime.length - 2);
    const locked = inImage.map(([place, { version }]) => `${place.split('node_modules/').at(-1)}@${version}`);
    expect(listed).toEqual([...new Set(locked)].toSorted());
    expect(bill.components.filter(({ hashes }) => hashes[0]?.alg !== 'SHA-512')).toEqual([]);
  });

  it('names no registry, path or machine', () => {
    for (const leak of ['registry', ROOT, '/node_modules', hostname()]) expect(text).not.toContain(leak);
  });
});
