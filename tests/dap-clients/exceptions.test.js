'use strict';
// Raised and uncaught exceptions in both directions, over a real Python program.
const assert = require('node:assert');
const { FredClient } = require('./client');

describe('exceptions', () => {
    let client;

    beforeEach(async () => {
        client = new FredClient();
        await client.start();
    });

    afterEach(() => client.stop());

    const RAISED = [
        [8, 'ZeroDivisionError'], [7, 'ValueError'], [22, 'KeyError'], [24, 'JSONDecodeError'], [27, 'KeyError'],
    ];

    const line = async () => (await client.top()).line;

    it('stops before every statement that raises, forward and back', async () => {
        const forward = [];
        for (let stop = await client.run('errors.py', { filters: ['raised'] }); stop.reason === 'exception'; stop = await client.move('continue')) {
            forward.push([await line(), stop.text.split(':')[0]]);
            assert.strictEqual((await client.exceptionInfoRequest({ threadId: 1 }).catch(() => undefined))?.body.breakMode ?? 'always', 'always');
        }
        assert.deepStrictEqual(forward, RAISED);

        const back = [];
        for (let stop = await client.move('reverseContinue'); stop.reason === 'exception'; stop = await client.move('reverseContinue')) {
            back.push([await line(), stop.text.split(':')[0]]);
            assert.ok(stop.description.includes('in the past'));
        }
        assert.deepStrictEqual(back, [...RAISED].reverse());
        const { exceptions } = (await client.customRequest('timeline')).body;
        assert.deepStrictEqual(exceptions.map(each => each.line), RAISED.map(each => each[0]));
    });

    it('takes the types of an exception filter as its condition', async () => {
        const stop = await client.run('errors.py', { filters: [], filterOptions: [{ filterId: 'raised', condition: 'LookupError, ValueError, !json.decoder.JSONDecodeError' }] });
        const texts = [stop.text];
        for (let next = await client.move('continue'); next.reason === 'exception'; next = await client.move('continue')) {
            texts.push(next.text);
        }
        assert.deepStrictEqual(texts, ['ValueError: bad 3', "KeyError: 'suppressed'", "KeyError: 'missing'"]);
    });

    it('is nearer than a breakpoint or farther, whichever is true', async () => {
        await client.run('errors.py', { filters: ['uncaught'], lines: [26] });
        await client.setExceptionBreakpointsRequest({ filters: ['raised'] });
        await client.breakAt([23]);
        assert.strictEqual((await client.move('reverseContinue')).reason, 'exception');
        assert.strictEqual(await line(), 24);
        assert.strictEqual((await client.move('reverseContinue')).reason, 'breakpoint');
        assert.strictEqual(await line(), 23);
        assert.strictEqual((await client.move('reverseContinue')).reason, 'exception');
        assert.strictEqual(await line(), 22);
    });

    it('explains the uncaught one, with the stack it came from', async () => {
        const stop = await client.run('errors.py');
        assert.strictEqual(stop.reason, 'exception');
        const { body } = await client.exceptionInfoRequest({ threadId: 1 });
        assert.deepStrictEqual([body.exceptionId, body.breakMode, body.details.fullTypeName], ['KeyError', 'unhandled', 'builtins.KeyError']);
        assert.ok(body.details.stackTrace.includes('errors.py:27'));
    });

    it('is only the end of the program when no filter wants it', async () => {
        const [exited, stop] = await Promise.all([client.waitForEvent('exited'), client.run('errors.py', { filters: [] })]);
        assert.deepStrictEqual([exited.body.exitCode, stop.reason], [1, 'exit']);
        await assert.rejects(client.setExceptionBreakpointsRequest({ filters: 5 }));
    });
});
