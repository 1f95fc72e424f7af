import * as fs from 'node:fs';
import * as path from 'node:path';
import Mocha from 'mocha';
import { define } from './tests';

/** Run by VS Code in its extension host; fails when a test does. The report goes where report.json says, as TAP. */
export async function run(): Promise<void> {
    const { report } = JSON.parse(fs.readFileSync(path.join(__dirname, 'report.json'), 'utf8')) as { report: string };
    const mocha = new Mocha({ ui: 'bdd', timeout: 150000, reporter: 'base' });
    mocha.suite.emit('pre-require', globalThis as unknown as Mocha.MochaGlobals, '', mocha);
    define();
    await new Promise<void>((resolve, reject) => {
        const runner = mocha.run(failures => { if (failures > 0) { reject(new Error(`${failures} failed`)); } else { resolve(); } });
        runner.on('pass', test => { fs.appendFileSync(report, `ok ${test.fullTitle()}\n# ${test.duration ?? 0} ms\n`); });
        runner.on('pending', test => { fs.appendFileSync(report, `ok ${test.fullTitle()} # SKIP\n`); });
        runner.on('fail', (test, error: Error) => { fs.appendFileSync(report, `not ok ${test.fullTitle()}\n${(error.stack ?? error.message).replace(/^/gm, '# ')}\n`); });
    });
}
