import { defineConfig } from "vite";

// One entry a door: the portal stays small because it never imports the map engine or the charts.
export default defineConfig({
  base: "/static/dist/",
  build: {
    outDir: "../src/huicheng/web/static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    // No data: addresses in our own files: the content security policy is 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: {
        portal: "src/portal.ts",
        desk: "src/desk.ts",
        evidence: "src/evidence.ts",
        operations: "src/operations.ts",
        casemap: "src/casemap.ts",
        reception: "src/reception.ts",
        collect: "src/collect.ts",
        "collect-worker": "src/collect-worker.ts",
      },
    },
  },
});
