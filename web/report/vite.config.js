import { defineConfig } from 'vite';

/** One script and one style sheet, to be put into the file of a report. */
export default defineConfig({
  publicDir: false,
  build: {
    target: 'es2022',
    cssTarget: 'chrome123',
    lib: {
      entry: 'main.ts',
      formats: ['iife'],
      name: 'report',
      fileName: () => 'report.js',
      cssFileName: 'report',
    },
  },
});
