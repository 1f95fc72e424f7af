import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complete, type Configuration, configurationFor, isNative, withPython } from '../../src/core/configuration';

const python = { file: '/w/a.py', language: 'python', folder: '/w' };
const problem = (given: object, around = python): string => {
    const completed = complete(given, around);
    return 'problem' in completed ? completed.problem : assert.fail(JSON.stringify(completed));
};

test('F5 on a Python file needs no launch.json', () => {
    assert.deepEqual(complete({}, python), { configuration: { type: 'fred', request: 'launch', name: 'Fred: Python file', program: '/w/a.py', cwd: '/w' } });
    assert.deepEqual((complete({ noDebug: true }, python) as { configuration: Configuration }).configuration['noDebug'], true);
    assert.equal(configurationFor({ file: '/w/a.py', language: 'python' })?.['cwd'], '${fileDirname}');
});

test('F5 on something else says what to do', () => {
    assert.match(problem({}, { file: '/w/a.c', language: 'c', folder: '/w' }), /launch configuration/);
    assert.match(problem({}, {} as typeof python), /Open a Python file/);
    assert.equal(configurationFor({ language: 'python' }), undefined);
});

test('a launch configuration is completed and checked', () => {
    const given = { type: 'fred', request: 'launch', name: 'x', program: '${file}' };
    assert.deepEqual(complete(given, python), { configuration: { ...given, cwd: '/w' } });
    assert.deepEqual(complete({ ...given, cwd: '/other' }, python), { configuration: { ...given, cwd: '/other' } });
    assert.match(problem({ ...given, request: 'attach' }), /cannot attach/);
    assert.match(problem({ ...given, module: 'pytest' }), /both/);
    assert.match(problem({ type: 'fred', request: 'launch', name: 'x' }), /nothing to debug/);
});

test('the interpreter of the settings is only for who names none', () => {
    const given = { type: 'fred', request: 'launch', name: 'x', program: 'a.py' };
    assert.equal(withPython(given, '/p')['python'], '/p');
    assert.equal(withPython({ ...given, python: '/q' }, '/p')['python'], '/q');
    assert.equal('python' in withPython(given, undefined), false);
});

test('native programs are known by backend or by their first bytes', () => {
    const elf = (): Uint8Array => Uint8Array.from([0x7f, 0x45, 0x4c, 0x46]);
    const given = { type: 'fred', request: 'launch', name: 'x', program: '/w/a.out' };
    assert.equal(isNative(given, elf), true);
    assert.equal(isNative(given, () => undefined), false);
    assert.equal(isNative({ ...given, program: 'a.py' }, elf), false);
    assert.equal(isNative({ ...given, backend: 'pdb' }, elf), false);
    assert.equal(isNative({ ...given, backend: 'gdb' }, () => undefined), true);
});
