import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findServer } from '../../src/core/server';

const places = { setting: '', extension: '/ext', path: '/usr/bin:/opt/fred/bin', home: '/home/me' };
const only = (...files: string[]) => (file: string): boolean => files.includes(file);

test('the setting comes first, with ~ and with a name on PATH', () => {
    const all = only('/home/me/fred', '/ext/server/fred', '/opt/fred/bin/fred', '/opt/fred/bin/fred-new');
    assert.deepEqual(findServer({ ...places, setting: '~/fred' }, all), { command: '/home/me/fred', from: 'setting' });
    assert.deepEqual(findServer({ ...places, setting: 'fred-new' }, all), { command: '/opt/fred/bin/fred-new', from: 'setting' });
});

test('a setting that names nothing is not passed over', () => {
    assert.deepEqual(findServer({ ...places, setting: '/nowhere/fred' }, only('/ext/server/fred')), { tried: ['/nowhere/fred'] });
});

test('then the one inside the extension, then the one on PATH, then none', () => {
    assert.deepEqual(findServer(places, only('/ext/server/fred', '/opt/fred/bin/fred')), { command: '/ext/server/fred', from: 'extension' });
    assert.deepEqual(findServer(places, only('/opt/fred/bin/fred')), { command: '/opt/fred/bin/fred', from: 'path' });
    assert.deepEqual(findServer(places, only()), { tried: ['/ext/server/fred', 'fred on PATH'] });
});

test('a relative directory on PATH is not searched', () => {
    assert.deepEqual(findServer({ ...places, path: '.:bin' }, only('fred', 'bin/fred')), { tried: ['/ext/server/fred', 'fred on PATH'] });
});
