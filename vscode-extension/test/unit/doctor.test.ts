import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandIn, format, nativeProblem, parseReport, problemOf, serverBroken, serverMissing } from '../../src/core/doctor';

const check = (name: string, status: string, detail: string, advice: string | null = null) => ({ name, status, detail, advice });
const fixes = (problem: { fixes: readonly { kind: string }[] } | undefined): string[] => (problem?.fixes ?? []).map(fix => fix.kind);

test('a report is read, anything else is none', () => {
    assert.equal(parseReport('{"ok":true,"checks":[{"name":"python","status":"ok","detail":"3.11"}]}')?.checks.length, 1);
    for (const text of ['', 'usage: fred', '[]', 'null', '{"checks":[1]}', '{"ok":true}']) {
        assert.equal(parseReport(text), undefined, text);
    }
});

test('a healthy machine has no problem, warnings included', () => {
    assert.equal(problemOf({ ok: true, checks: [check('kernel', 'ok', 'Linux'), check('compiler', 'warning', 'none', 'apt-get install gcc libc6-dev')] }), undefined);
});

test('a missing Python is explained, with a command and a setting', () => {
    const problem = problemOf({ ok: false, checks: [check('python', 'failed', 'No Python was found', 'apt-get install python3, or give --python PATH')] });
    assert.equal(problem?.text, 'No Python was found. apt-get install python3, or give --python PATH.');
    assert.deepEqual(problem?.fixes[0], { kind: 'copy', title: 'Copy Install Command', command: 'apt-get install python3' });
    assert.deepEqual(fixes(problem), ['copy', 'setting', 'report']);
});

test('an advice that the detail gives already is not repeated', () => {
    assert.equal(problemOf({ ok: false, checks: [check('python', 'failed', 'None (apt-get install python3).', 'apt-get install python3, or --python')] })?.text, 'None (apt-get install python3).');
});

test('several failures: the first, and how many more', () => {
    const problem = problemOf({ ok: false, checks: [check('kernel', 'failed', 'Linux 4.9', 'Linux 5.11 or newer is needed.'), check('python', 'failed', 'none')] });
    assert.equal(problem?.text, 'Linux 4.9. Linux 5.11 or newer is needed. (And 1 more.)');
});

test('native programs need a fred that knows gdb, and a gdb', () => {
    assert.match(nativeProblem({ ok: true, checks: [check('python', 'ok', '3.11')] })?.text ?? '', /Python programs only/);
    const missing = nativeProblem({ ok: false, checks: [check('gdb', 'failed', 'no gdb on PATH', 'apt-get install gdb')] });
    assert.deepEqual(missing?.fixes[0], { kind: 'copy', title: 'Copy Install Command', command: 'apt-get install gdb' });
    assert.equal(nativeProblem({ ok: true, checks: [check('gdb', 'ok', '13.1')] }), undefined);
});

test('a server that cannot run: the .NET runtime, or what the system said', () => {
    assert.deepEqual(serverBroken('/x/fred', 'You must install .NET to run this application.').fixes[0]?.kind, 'copy');
    assert.match(serverBroken('/x/fred', '\nfred: bad\nmore').text, /^\/x\/fred could not be run: fred: bad$/);
    assert.match(serverMissing(['/x/fred']).text, /looked for \/x\/fred/);
});

test('commands in advices', () => {
    assert.equal(commandIn('Needed only to build: apt-get install gcc libc6-dev'), 'apt-get install gcc libc6-dev');
    assert.equal(commandIn('apt-get install g++. Then again.'), 'apt-get install g++');
    assert.equal(commandIn('Set TMPDIR to a larger place.'), undefined);
});

test('the report as text', () => {
    const text = format({ report: { ok: false, checks: [check('python', 'failed', 'none', 'get one')] } }, 'fred');
    assert.match(text, /failed {2}python {2}none\n +get one\n/);
    assert.match(text, /cannot work here/);
    assert.match(format({ failure: 'no such file' }, 'fred'), /failed:\nno such file/);
});
