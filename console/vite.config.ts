import { svelte } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig, type Plugin } from 'vitest/config';

/** Every browser that runs this console reads woff2: the older copies of the fonts would only double the binary. */
function fontsInOneFormat(): Plugin {
  return {
    name: 'fonts-in-one-format',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('@fontsource/') || !id.endsWith('.css')) return null;
      return { code: code.replaceAll(/, url\([^)]+\.woff\) format\('woff'\)/g, ''), map: null };
    },
  };
}

/** The content security policy refuses style attributes in markup; the same style set by script is permitted. */
function stylesByScript(): Plugin {
  return {
    name: 'styles-by-script',
    enforce: 'pre',
    transform(code, id) {
      if (!id.includes('/bits-ui/') || !id.endsWith('.svelte')) return null;
      return { code: code.replaceAll(/ style="([a-z-]+): ([a-z-]+);"/g, ' style:$1="$2"'), map: null };
    },
  };
}

// Where the API answers during `npm run dev`.
const api = process.env['SHINAYAKA_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [fontsInOneFormat(), stylesByScript(), tailwindcss(), svelte()],
  server: { fs: { allow: ['..'] }, proxy: { '/api': api } },
  build: {
    // The content security policy forbids data: addresses, so nothing is inlined.
    assetsInlineLimit: 0,
    target: 'es2023',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
