'use strict';
// Deep stacks, long lists, long searches and their end by the user. Times are generous: the bench prints the real ones.
const assert = require('node:assert');
const { FredClient, thread } = require('./client');

describe('what is big or takes long', () => {
    let client;

    beforeEach(async () => {
        client = new FredClient();
        await client.start();
    });

    afterEach(() => client.stop());

    it('comes a page at a time: 10,000 frames and a list of 1,000,000', async () => {
        await client.run('deep.py', { lines: [10] });
        const { body } = await client.stackTraceRequest({ threadId: 1, startFrame: 0, levels: 20 });
        assert.deepStrictEqual([body.stackFrames.length, body.totalFrames], [20, 10002]);
        const last = (await client.stackTraceRequest({ threadId: 1, startFrame: 9990, levels: 20 })).body.stackFrames;
        assert.deepStrictEqual([last.length, last.at(-1).name], [12, '<module>']);
        assert.strictEqual((await client.stackTraceRequest({ threadId: 1, startFrame: 0, levels: 0 })).body.stackFrames.length, 10002);
        const { scopes } = (await client.scopesRequest({ frameId: body.stackFrames[0].id })).body;
        const big = (await client.variablesRequest({ variablesReference: scopes[1].variablesReference })).body.variables.find(v => v.name === 'big');
        assert.strictEqual(big.indexedVariables, 1000000);
        const page = await client.variablesRequest({ variablesReference: big.variablesReference, filter: 'indexed', start: 999990, count: 100 });
        assert.deepStrictEqual(page.body.variables.map(v => v.value), Array.from({ length: 10 }, (_, i) => String(999990 + i)));
    });

    const search = async () => {
        await client.run('long.py', { lines: [7], settings: { args: ['3000000'] } });
        await client.breakAt([{ line: 6, condition: 'total < 0' }]);
        return (await client.customRequest('timeline')).body.position.tick;
    };

    const progress = [];

    const watchProgress = () => {
        progress.length = 0;
        for (const name of ['progressStart', 'progressUpdate', 'progressEnd', 'stopped']) {
            client.on(name, event => progress.push([name, event.body]));
        }
    };

    for (const how of ['pause', 'cancel']) {
        it(`ends by ${how} at the old position, with its progress`, async () => {
            const tick = await search();
            watchProgress();
            const started = client.waitForEvent('progressStart');
            const stopped = client.waitForEvent('stopped');
            await client.reverseContinueRequest(thread);
            const { body } = await started;
            assert.ok(body.cancellable);
            await (how === 'pause' ? client.pauseRequest(thread) : client.customRequest('cancel', { progressId: body.progressId }));
            assert.strictEqual((await stopped).body.fred.tick, tick);
            const names = progress.map(each => each[0]);
            assert.deepStrictEqual([names[0], names.at(-2), names.at(-1)], ['progressStart', 'progressEnd', 'stopped']);
            assert.ok(progress.every(([name, each]) => name === 'stopped' || each.progressId === body.progressId));
            assert.strictEqual(await client.value('i'), '2999999');
        });
    }

    it('a reverse watch can be cancelled by its number', async () => {
        const tick = await search();
        const stopped = client.waitForEvent('stopped');
        const started = client.waitForEvent('progressStart');
        const watching = client.customRequest('reverseWatch', { expression: 'total >= 0 and sum(range(300)) > 0' });
        const { requestId } = (await started).body;
        await client.customRequest('cancel', { requestId });
        await assert.rejects(watching, /cancelled/);
        assert.strictEqual((await stopped).body.fred.tick, tick);
    });

    it('nothing is written twice by replay', async () => {
        await client.run('sums.py', { filters: [], lines: [2] });
        // There is some history already: it is looked through for the logpoint, which ends with a stop where the program stands.
        await Promise.all([client.waitForEvent('stopped'), client.breakAt([{ line: 9, logMessage: 'n is {n}' }])]);
        let stop;
        do {
            stop = await client.move('continue');
        } while (stop.reason !== 'exit');
        await client.move('stepBack');
        await client.move('reverseContinue');
        await client.move('gotoTick', { tick: 1 });
        await client.move('continue');
        assert.strictEqual(client.written('stdout'), 'total 60\n');
        const logged = client.output.filter(each => each.output.startsWith('n is '));
        assert.strictEqual(new Set(logged.map(each => each.output)).size, logged.length);
        assert.ok(logged.length >= 58 && logged.every(each => each.data.tick > 0 && each.line === 9));
    });
});
