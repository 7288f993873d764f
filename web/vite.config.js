import path from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  // The page may be served below any path.
  base: './',
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      input: ['index.html', 'jobs.html'].map((name) => path.resolve(import.meta.dirname, name)),
    },
  },
});
