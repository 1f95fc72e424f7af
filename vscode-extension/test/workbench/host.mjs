// The tests of test/host, inside VS Code's extension host. They write TAP into a file; how they ended comes from the workbench.
import fs from 'node:fs';
import path from 'node:path';

/** Longest the tests may take, in milliseconds. */
const patience = 600000;

/** Runs them. Returns how many failed. */
export async function hostTests(workbench, folder, tests) {
    const report = path.join(workbench.directory, 'host.tap');
    fs.writeFileSync(path.join(tests, 'report.json'), JSON.stringify({ report }));
    const log = [];
    let late;
    const ended = await new Promise((resolve, reject) => {
        late = setTimeout(() => { resolve('no end'); }, patience);
        workbench.open(folder, {
            payload: [['extensionDevelopmentPath', workbench.remote(tests)], ['extensionTestsPath', workbench.remote(path.join(tests, 'index.js'))]],
            functions: { codeAutomationLog: (type, args) => { log.push(`${type} ${[args].flat().join(' ')}`.slice(0, 1000)); }, codeAutomationExit: code => { resolve(code); } },
        }).catch(reject);
    });
    clearTimeout(late);
    const lines = fs.existsSync(report) ? fs.readFileSync(report, 'utf8') : '';
    process.stdout.write(lines);
    const failures = (lines.match(/^not ok /gm) ?? []).length;
    if (ended !== 0 && failures === 0) {
        console.log(`not ok the tests in the extension host ended with ${ended}\n${log.slice(-20).join('\n').replace(/^/gm, '# ')}`);
        await workbench.shot('failed-host').catch(() => {});
        return 1;
    }
    return failures;
}
