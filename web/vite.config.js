import { defineConfig } from 'vite';

export default defineConfig({
  // The page may be served below any path.
  base: './',
  build: { target: 'es2022', chunkSizeWarningLimit: 600 },
});
