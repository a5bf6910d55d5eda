// Builds the test page: node build.mjs OUT. Uses the web application's own tools.
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const tools = createRequire(resolve(here, '../../web/app/package.json'));
const { build } = await import(pathToFileURL(tools.resolve('vite')).href);
await build({
  configFile: false,
  root: here,
  logLevel: 'warn',
  build: { outDir: resolve(process.argv[2]), emptyOutDir: false, rollupOptions: { input: resolve(here, 'page.html') } },
});
