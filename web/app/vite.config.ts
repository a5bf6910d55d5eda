import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const source = fileURLToPath(new URL('./src', import.meta.url));
const server = process.env.YILIAN_SERVER ?? 'http://127.0.0.1:8080';

/** Keeps text and WebAssembly only compressed: the server unpacks for the rare client that cannot. */
function compressAssets(): Plugin {
  let out = '';
  return {
    name: 'compress-assets',
    apply: 'build',
    configResolved(config) {
      out = join(config.root, config.build.outDir, 'assets');
    },
    async closeBundle() {
      // A build that failed has written none; its own error is the one to be told.
      for (const name of await readdir(out).catch(() => [])) {
        if (!/\.(js|css|wasm|svg|json)$/.test(name)) continue;
        const file = join(out, name);
        await writeFile(`${file}.gz`, gzipSync(await readFile(file), { level: 9 }));
        await rm(file);
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), compressAssets()],
  resolve: { alias: { '@': source } },
  build: {
    outDir: '../dist/app',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 1024,
    chunkSizeWarningLimit: 6000,
    reportCompressedSize: false,
  },
  worker: { format: 'es' },
  server: {
    proxy: {
      '/api': { target: server, ws: true },
      '/dicom-web': { target: server },
      '/s-web': { target: server },
      '/rtc': { target: server, ws: true },
      '/ca.crt': { target: server },
    },
  },
});
