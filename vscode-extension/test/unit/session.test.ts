import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Latest } from '../../src/core/latest';
import { SessionModel } from '../../src/core/sessionModel';
import { statusOf } from '../../src/core/status';
import { decorationOf, explain, expressionIn, expressionOf, modeOf } from '../../src/core/watch';
import { pageOf, wishOf } from '../../src/core/view';

const event = (name: string, body: object = {}) => ({ type: 'event', event: name, body });
const stopped = (tick: number, edge: number, live = tick === edge) => event('stopped', { reason: 'step', fred: { branch: 'main', tick, edge, live } });

test('a session is followed through stops, moves and its end', () => {
    const model = new SessionModel();
    assert.equal(statusOf(model), undefined);
    assert.equal(model.fromServer(stopped(5, 5)), 'place');
    assert.equal(statusOf(model)?.text, '$(history) live · tick 5');
    assert.equal(model.fromEditor({ type: 'request', command: 'stepBack' }), 'place');
    assert.equal(model.stopped, false);
    model.fromServer(stopped(4, 5));
    assert.equal(model.inPast, true);
    assert.equal(statusOf(model)?.text, '$(history) in the past · tick 4 of 5 · return to live');
    assert.equal(statusOf(model)?.past, true);
    assert.equal(model.fromServer(event('terminated')), 'ended');
    assert.equal(model.stopped, false);
});

test('the frames of this stop are known, and no others', () => {
    const model = new SessionModel();
    const stack = (...ids: number[]) => ({ type: 'response', command: 'stackTrace', success: true, body: { stackFrames: ids.map(id => ({ id })) } });
    model.fromServer(stopped(5, 5));
    model.fromServer(stack(1, 2));
    assert.deepEqual([...model.frames], [1, 2]);
    model.fromServer(stopped(4, 5));
    assert.equal(model.frames.size, 0);
    model.fromServer(stack(3));
    assert.deepEqual([...model.frames], [3]);
});

test('progress is shown while it lasts, and only its own updates count', () => {
    const model = new SessionModel();
    model.fromServer(stopped(5, 9));
    model.fromServer(event('progressStart', { progressId: 'fred-1', title: 'Reverse', percentage: 0 }));
    assert.equal(model.fromServer(event('progressUpdate', { progressId: 'fred-0', percentage: 90 })), undefined);
    model.fromServer(event('progressUpdate', { progressId: 'fred-1', message: 'about 2 s left', percentage: 41.6 }));
    assert.deepEqual(model.progress, { id: 'fred-1', title: 'Reverse', message: 'about 2 s left', percentage: 41.6 });
    assert.equal(statusOf(model)?.text, '$(sync~spin) Reverse 42 %');
    model.fromServer(event('progressEnd', { progressId: 'fred-1' }));
    assert.equal(model.progress, undefined);
});

test('a refused move leaves the program where it stands', () => {
    const model = new SessionModel();
    model.fromServer(stopped(5, 5));
    model.fromEditor({ type: 'request', command: 'next' });
    const body = { error: { format: 'Not now.', showUser: true, variables: { errorId: 'NotNow' } } };
    assert.equal(model.fromServer({ type: 'response', command: 'next', success: false, body }), 'refused');
    assert.deepEqual(model.refusal, { command: 'next', text: 'Not now.', errorId: 'NotNow', shown: true });
    assert.equal(model.stopped, true);
});

test('watched expressions are remembered once, the newest last, and not for ever', () => {
    const model = new SessionModel();
    for (const expression of ['a', 'b', 'a', ...Array.from({ length: 40 }, (_, i) => `x${i}`)]) {
        model.fromEditor({ type: 'request', command: 'evaluate', arguments: { expression, context: 'watch' } });
    }
    model.fromEditor({ type: 'request', command: 'evaluate', arguments: { expression: 'hovered', context: 'hover' } });
    assert.equal(model.watches.length, 30);
    assert.equal(model.watches.at(-1), 'x39');
});

test('messages of any shape are taken', () => {
    const model = new SessionModel();
    for (const message of [{}, { type: 'event' }, { type: 'event', event: 'stopped', body: null }, { type: 'event', event: 'stopped', body: { fred: 7 } }, { type: 'response', success: false }]) {
        model.fromServer(message);
        model.fromEditor(message);
    }
    assert.equal(model.place, undefined);
});

test('of many wishes the last one is carried out, one at a time', async () => {
    const seen: number[] = [];
    let release: () => void = () => undefined;
    let running = 0;
    const latest = new Latest<number>(async value => {
        assert.equal(++running, 1);
        seen.push(value);
        await new Promise<void>(resolve => { release = resolve; });
        running--;
    });
    const first = latest.ask(1);
    await latest.ask(2);
    await latest.ask(3);
    release();
    await new Promise(resolve => { setImmediate(resolve); });
    release();
    await first;
    assert.deepEqual(seen, [1, 3]);
});

test('a failure frees the way for the next wish', async () => {
    const latest = new Latest<number>(async value => { await Promise.resolve(); if (value === 1) { throw new Error('no'); } });
    await assert.rejects(latest.ask(1), /no/);
    await latest.ask(2);
});

test('the expression of a menu: what evaluates it, else its name', () => {
    assert.equal(expressionOf({ variable: { name: '[0]', evaluateName: 'numbers[0]' } }), 'numbers[0]');
    assert.equal(expressionOf({ variable: { name: 'total', value: '3' } }), 'total');
    assert.equal(expressionOf({ expression: 'a + 1' }), 'a + 1');
    assert.equal(expressionOf({ name: 'a + 2' }), 'a + 2');
    for (const nothing of [undefined, null, 'text', 3, {}, { variable: {} }, { name: ' ' }]) {
        assert.equal(expressionOf(nothing), undefined);
    }
    assert.equal(expressionIn(' total\n   < 3 '), 'total < 3');
    assert.equal(expressionIn('  '), undefined);
});

test('an expression that is False is an invariant, another one has a value', () => {
    assert.equal(modeOf({ result: 'False', type: 'bool' }), 'invariant');
    assert.equal(modeOf({ result: 'false', type: 'bool' }), 'invariant');
    assert.equal(modeOf({ result: '\'False\'', type: 'str' }), 'change');
    assert.equal(modeOf({ result: '12', type: 'int' }), 'change');
});

test('what was found, or why not', () => {
    const result = { expression: 'x', transitions: [], monotone: true, position: { branch: 'main', tick: 1, edge: 1, live: true } };
    assert.equal(explain({ ...result, result: 'transition' }, 'change'), undefined);
    assert.equal(explain({ ...result, result: 'always-bad', transitions: [{ tick: 1, before: 'undefined', after: '1' }] }, 'change'), undefined);
    for (const each of ['always-good', 'always-bad', 'error'] as const) {
        assert.match(explain({ ...result, result: each }, 'invariant') ?? '', /^x .*\.$/);
        assert.match(explain({ ...result, result: each }, 'change') ?? '', /^x .*\.$/);
    }
    assert.equal(decorationOf('total', { tick: 1, before: '0', after: '20' }), '◂ changed here: total 0 → 20');
    assert.ok(decorationOf('x'.repeat(500), { tick: 1, before: '0'.repeat(500), after: '1'.repeat(500) }).length < 220);
});

test('wishes of the page are checked', () => {
    assert.deepEqual(wishOf({ kind: 'go', goal: { tick: 4 } }), { kind: 'go', goal: { tick: 4 } });
    assert.deepEqual(wishOf({ kind: 'go', goal: { live: true, extra: 1 } }), { kind: 'go', goal: { live: true } });
    assert.deepEqual(wishOf({ kind: 'go', goal: { bookmark: 'b' }, focused: true }), { kind: 'go', goal: { bookmark: 'b' }, focused: true });
    assert.deepEqual(wishOf({ kind: 'step', command: 'stepBack' }), { kind: 'step', command: 'stepBack' });
    for (const bad of [null, 'go', {}, { kind: 'go' }, { kind: 'go', goal: { tick: -1 } }, { kind: 'go', goal: { tick: 1.5 } }, { kind: 'step', command: 'terminate' }, { kind: 'run' }]) {
        assert.equal(wishOf(bad), undefined);
    }
});

test('the page allows no script without its nonce and no inline style', () => {
    const page = pageOf('https://x', 's.js', 's.css', 'n0nce');
    assert.match(page, /default-src 'none'; style-src https:\/\/x; script-src 'nonce-n0nce'"/);
    assert.equal(/unsafe|style=|onclick=/.test(page), false);
    assert.match(page, /role="slider" tabindex="0" aria-label/);
});
