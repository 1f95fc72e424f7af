// Runs the extension in a real VS Code and prints TAP: node run.mjs host drive [--installed DIR] [--vsix FILE] [--shots DIR]
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { drive } from './drive.mjs';
import { hostTests } from './host.mjs';
import { Workbench } from './workbench.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../../..');
const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
        installed: { type: 'string', default: path.join(root, 'artifacts/vscode/code-server') }, vsix: { type: 'string', default: path.join(root, 'artifacts/vscode/fred.vsix') },
        shots: { type: 'string', default: path.join(root, 'artifacts/vscode/shots') },
    },
});

const workbench = new Workbench({ installed: values.installed, vsix: values.vsix, shots: values.shots });
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fred-folder-'));
fs.cpSync(path.join(here, '../programs'), folder, { recursive: true });
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.once(signal, () => { void workbench.stop().finally(() => process.exit(1)); });
}

let failed = 0;
const began = Date.now();
const test = async (name, act) => {
    try {
        await act();
        console.log(`ok ${name}`);
    } catch (error) {
        failed++;
        await workbench.shot(`failed-${failed}`).catch(() => {});
        console.log(`not ok ${name}\n${String(error.stack ?? error).replace(/^/gm, '# ')}`);
    }
    console.log(`# ${((Date.now() - began) / 1000).toFixed(1)} s`);
};

try {
    await test('the VSIX installs and VS Code starts', () => workbench.start({ PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }));
    if (failed === 0 && positionals.includes('host')) {
        failed += await hostTests(workbench, folder, path.resolve(here, '../../dist/test/host'));
    }
    if (workbench.browser && positionals.includes('drive')) {
        await drive(workbench, folder, test);
    }
} finally {
    await workbench.stop();
    fs.rmSync(folder, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);
