import { fileURLToPath } from 'node:url';

const here = (p) => fileURLToPath(new URL(p, import.meta.url));

export default {
  root: here('.'),
  base: '/pixels/',
  logLevel: 'error',
  resolve: {
    alias: [
      { find: '@', replacement: here('../../app/src') },
      { find: /^@cornerstonejs\/core$/, replacement: here('../../app/node_modules/@cornerstonejs/core') },
    ],
  },
  worker: { format: 'es' },
  build: {
    outDir: here('../../../artefacts/pixels'),
    emptyOutDir: true,
    target: 'es2022',
    minify: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 20_000,
  },
};
