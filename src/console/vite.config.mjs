// @ts-check
import { gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

/** All script of the console, gzipped. A page for the phone at night is there before one has waited for it. */
const MOST_SCRIPT_BYTES = 150_000;

/**
 * Fails the build where the scripts are too large, or the page holds what its content security policy refuses.
 *
 * @returns {import('vite').Plugin}
 */
function limits() {
  return {
    name: 'console-limits',
    generateBundle(_options, bundle) {
      const scripts = Object.values(bundle).filter((file) => file.type === 'chunk');
      const bytes = scripts.reduce((sum, { code }) => sum + gzipSync(code).length, 0);
      if (bytes > MOST_SCRIPT_BYTES)
        this.error(`The scripts of the console are ${bytes} bytes gzipped; at most ${MOST_SCRIPT_BYTES} are allowed.`);
      for (const file of Object.values(bundle)) {
        if (file.type !== 'asset' || !file.fileName.endsWith('.html')) continue;
        const html = String(file.source);
        if (/<style|<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/i.test(html))
          this.error(`${file.fileName} has inline script or style, which the content security policy refuses.`);
        if (/(src|href)="(https?:)?\/\//i.test(html)) this.error(`${file.fileName} loads something from elsewhere.`);
      }
      this.info(`scripts: ${bytes} bytes gzipped of at most ${MOST_SCRIPT_BYTES}`);
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/console',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.md' },
    reportCompressedSize: false,
  },
  plugins: [limits()],
});
