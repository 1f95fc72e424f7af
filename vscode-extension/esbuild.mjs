// Bundles the extension and its webview into dist/, and with --tests the tests into dist/test/.
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const common = { absWorkingDir: here, bundle: true, logLevel: 'warning', target: 'es2022', sourcemap: false };
const node = { ...common, platform: 'node', format: 'cjs', external: ['vscode'] };

await build({ ...node, target: 'node18', entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js' });
await build({ ...common, platform: 'browser', format: 'iife', entryPoints: ['src/webview/timeline.ts'], outfile: 'dist/timeline.js' });
fs.copyFileSync(path.join(here, 'media/timeline.css'), path.join(here, 'dist/timeline.css'));

if (process.argv.includes('--tests')) {
    const names = fs.readdirSync(path.join(here, 'test/unit')).filter(name => name.endsWith('.test.ts'));
    await build({ ...node, entryPoints: names.map(name => `test/unit/${name}`), outdir: 'dist/test/unit' });
    await build({ ...node, external: ['vscode', 'mocha'], entryPoints: ['test/host/index.ts'], outfile: 'dist/test/host/index.js' });
    fs.copyFileSync(path.join(here, 'test/host/manifest.json'), path.join(here, 'dist/test/host/package.json'));
}
