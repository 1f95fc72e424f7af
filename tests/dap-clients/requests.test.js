'use strict';
// Every request of the debug adapter through @vscode/debugadapter-testsupport, over a real Python program.
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { FredClient, carriedOut, thread } = require('./client');

describe('requests', () => {
    let client;

    beforeEach(async () => {
        client = new FredClient();
        await client.start();
    });

    afterEach(() => client.stop());

    it('promises what it has, and says more when the backend is known', async () => {
        const { body } = await client.initializeRequest();
        for (const name of ['StepBack', 'DataBreakpoints', 'RestartFrame', 'CancelRequest', 'SteppingGranularity', 'BreakpointLocationsRequest', 'ExceptionFilterOptions',
            'DelayedStackTraceLoading', 'SetExpression', 'SetVariable', 'LogPoints', 'HitConditionalBreakpoints', 'RestartRequest', 'TerminateRequest']) {
            assert.strictEqual(body[`supports${name}`], true, name);
        }
        assert.deepStrictEqual(body.exceptionBreakpointFilters.map(filter => filter.filter), ['raised', 'uncaught']);
        const [changed] = await Promise.all([client.waitForEvent('capabilities'), client.run('sums.py', { lines: [2] })]);
        assert.deepStrictEqual(changed.body.capabilities.completionTriggerCharacters, ['.']);
    });

    it('steps in every direction', async () => {
        await client.run('sums.py', { lines: [2] });
        assert.strictEqual((await client.top()).name, 'add');
        const here = (await client.move('next')).fred.tick;
        const back = await client.move('stepBack');
        assert.ok(back.fred.tick < here && back.description.includes('in the past'));
        assert.strictEqual((await client.move('next')).fred.tick, here);
        assert.strictEqual((await client.move('stepBack', { ...thread, granularity: 'instruction' })).fred.tick, here - 1);
        await client.move('stepOut');
        await client.move('stepIn');
        await client.move('reverseStepIn');
        await client.move('reverseStepOut');
        assert.strictEqual((await client.top()).name, '<module>');
    });

    it('steps into the call that is chosen', async () => {
        await client.run('targets.py', { lines: [5] });
        const { body } = await client.customRequest('stepInTargets', { frameId: (await client.top()).id });
        assert.deepStrictEqual(body.targets.map(({ label, line, column }) => [label, line, column]), [['twice', 5, 7], ['twice', 5, 17], ['print', 5, 1]]);
        await client.move('stepIn', { ...thread, targetId: body.targets[1].id });
        assert.strictEqual((await client.top()).name, 'twice');
        assert.strictEqual(await client.value('n'), '2');
        await client.move('reverseStepOut');
        assert.deepStrictEqual([(await client.top()).line, (await client.top()).name], [5, '<module>']);
        await assert.rejects(client.customRequest('stepIn', { ...thread, targetId: body.targets[0].id }), /No call/);
    });

    it('continues and reverses over breakpoints, jumps and takes moves back', async () => {
        const first = (await client.run('sums.py', { lines: [2] })).fred.tick;
        await client.move('continue');
        const third = (await client.move('continue')).fred.tick;
        await client.move('reverseContinue');
        assert.strictEqual((await client.move('reverseContinue')).fred.tick, first);
        await client.move('gotoTick', { live: true });
        assert.strictEqual((await client.move('undo', { count: 1 })).fred.tick, first);
        const { body } = await client.customRequest('findHits');
        assert.deepStrictEqual([body.complete, body.hits.map(hit => hit.line), body.hits[0].tick, body.hits[2].tick], [true, [2, 2, 2], first, third]);
        assert.deepStrictEqual((await client.customRequest('timeline')).body.breakpointHits, body.hits);
    });

    it('stops by condition, by hit, at functions; says where breakpoints can be', async () => {
        await client.run('sums.py', { lines: [{ line: 9, condition: 'n == 30' }] });
        assert.strictEqual(await client.value('n'), '30');
        await client.breakAt([{ line: 2, hitCondition: '1' }]);
        assert.strictEqual((await client.move('continue')).reason, 'breakpoint');
        await client.breakAt([]);
        assert.strictEqual((await client.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'add' }] })).body.breakpoints[0].verified, true);
        assert.strictEqual((await client.move('reverseContinue')).reason, 'breakpoint');
        assert.strictEqual((await client.top()).name, 'add');
        const places = await client.customRequest('breakpointLocations', { source: { path: client.program }, line: 1, endLine: 7 });
        assert.deepStrictEqual(places.body.breakpoints.map(place => place.line), [1, 2, 3, 6, 7]);
    });

    it('shows stacks, scopes, variables and values', async () => {
        await client.run('sums.py', { lines: [11] });
        assert.deepStrictEqual((await client.threadsRequest()).body.threads.map(each => each.id), [1]);
        const frame = await client.top();
        const { scopes } = (await client.scopesRequest({ frameId: frame.id })).body;
        const { variables } = (await client.variablesRequest({ variablesReference: scopes[0].variablesReference })).body;
        const numbers = variables.find(v => v.name === 'numbers');
        assert.deepStrictEqual([numbers.indexedVariables, numbers.evaluateName], [60, 'numbers']);
        const page = await client.variablesRequest({ variablesReference: numbers.variablesReference, filter: 'indexed', start: 10, count: 5 });
        assert.deepStrictEqual(page.body.variables.map(v => v.value), ['10', '11', '12', '13', '14']);
        for (const context of ['watch', 'hover', 'repl', 'clipboard']) {
            assert.strictEqual((await client.evaluateRequest({ expression: 'total', frameId: frame.id, context })).body.result, '60');
        }
        assert.ok((await client.completionsRequest({ frameId: frame.id, text: 'tot', column: 4 })).body.targets.some(t => t.label === 'total'));
        assert.ok((await client.sourceRequest({ source: { path: client.program }, sourceReference: 0 })).body.content.startsWith('def add'));
        assert.ok((await client.customRequest('loadedSources')).body.sources.length > 0);
        assert.ok((await client.modulesRequest({})).body.totalModules > 0);
    });

    it('takes Fred\'s verbs and the backend\'s commands in the console', async () => {
        await client.run('sums.py', { lines: [11] });
        const repl = async expression => (await client.evaluateRequest({ expression, context: 'repl' })).body.result;
        assert.ok((await repl('fred-when')).includes('tick'));
        assert.ok((await repl('pdb where')).includes('sums.py'));
        assert.ok((await repl('fred-help')).includes('reverse-watch'));
        const [stop] = await Promise.all([client.waitForEvent('stopped'), repl('fred-reverse-step 2')]);
        assert.ok(stop.body.description.includes('in the past'));
    });

    it('lands on the write that a data breakpoint names, both ways', async () => {
        await client.run('sums.py', { lines: [11] });
        const info = await client.dataBreakpointInfoRequest({ name: 'total' });
        await client.setDataBreakpointsRequest({ breakpoints: [{ dataId: info.body.dataId, accessType: 'write' }] });
        let stop = await client.move('reverseContinue');
        assert.deepStrictEqual([stop.reason, stop.text], ['data breakpoint', 'total is 20, the next statement makes it 60']);
        stop = await client.move('reverseContinue');
        assert.strictEqual(stop.text, 'total is 0, the next statement makes it 20');
        stop = await client.move('continue');
        assert.deepStrictEqual([stop.reason, stop.text], ['data breakpoint', 'total was 0, is now 20']);
        await client.setDataBreakpointsRequest({ breakpoints: [{ dataId: info.body.dataId, accessType: 'write', condition: 'total > 50' }] });
        stop = await client.move('continue');
        assert.strictEqual(stop.text, 'total was 20, is now 60');
    });

    it('finds the statement that broke an invariant', async () => {
        await client.run('sums.py', { lines: [11] });
        const [stop, found] = await Promise.all([client.waitForEvent('stopped'), client.customRequest('reverseWatch', { expression: 'total < 10' })]);
        assert.strictEqual(found.body.result, 'transition');
        assert.strictEqual(found.body.transitions[0].after, 'False');
        assert.strictEqual(stop.body.fred.tick, found.body.transitions[0].tick);
    });

    it('changes variables, in the past on a new branch', async () => {
        await client.run('sums.py', { lines: [11] });
        await client.move('stepBack');
        await client.customRequest('setExpression', { expression: 'total', value: '1000' });
        const { scopes } = (await client.scopesRequest({ frameId: (await client.top()).id })).body;
        await client.setVariableRequest({ variablesReference: scopes[1].variablesReference, name: 'total', value: '-1' });
        const { branches } = (await client.customRequest('branches')).body;
        assert.deepStrictEqual(branches.map(b => b.current), [false, true]);
        await client.breakAt([]);
        await client.move('continue');
        assert.strictEqual(client.written('stdout'), 'total -1\n');
        assert.ok(client.output.find(each => each.category === 'stdout').data.tick > 0);
        await client.move('branches', { switchTo: 'main' });
        assert.strictEqual(await client.value('total'), '60');
    });

    it('goes back to where a frame was entered', async () => {
        await client.run('sums.py', { lines: [3] });
        const frame = await client.top();
        assert.strictEqual(frame.canRestart, true);
        const stop = await client.move('restartFrame', { frameId: frame.id });
        assert.strictEqual((await client.top()).line, 1);
        assert.ok(stop.description.includes('in the past'));
    });

    it('keeps bookmarks and checkpoints, and shows the timeline', async () => {
        await client.run('sums.py', { lines: [7] });
        await client.customRequest('bookmark', { name: 'early' });
        await client.customRequest('checkpoint');
        await client.move('next');
        const { body } = await client.customRequest('timeline');
        assert.strictEqual(body.bookmarks[0].name, 'early');
        assert.ok(body.checkpoints.some(c => c.pinned));
        assert.deepStrictEqual(body.extent, { first: 0, last: body.position.edge });
        const there = await client.move('gotoTick', { bookmark: 'early' });
        assert.strictEqual(there.fred.tick, body.bookmarks[0].tick);
        await client.move('gotoTick', { live: true });
        const again = await client.move('checkpoint', { restart: body.checkpoints.find(c => c.pinned).number });
        assert.strictEqual(again.fred.tick, there.fred.tick);
        assert.ok((await client.customRequest('history')).body.entries.length > 0);
    });

    it('explains an exception, restarts, pauses, cancels and terminates', async () => {
        assert.strictEqual((await client.run('sums.py')).reason, 'exception');
        assert.strictEqual((await client.exceptionInfoRequest(thread)).body.exceptionId, 'AssertionError');
        await client.breakAt([2]);
        const [stop] = await Promise.all([client.waitForEvent('stopped'), client.restartRequest({})]);
        assert.strictEqual(stop.body.reason, 'breakpoint');
        await client.pauseRequest(thread);
        await client.customRequest('cancel', { requestId: 12345 });
        await Promise.all([client.waitForEvent('terminated'), client.terminateRequest({})]);
    });

    it('runs a module, with arguments and environment, without debugging', async () => {
        await client.initializeRequest();
        const code = 'import os,sys;print(os.environ["WHO"],sys.argv[1])';
        const directory = fs.mkdtempSync(path.join(require('node:os').tmpdir(), 'fred-module-'));
        fs.writeFileSync(path.join(directory, 'shown.py'), code);
        const configured = client.waitForEvent('initialized').then(() => client.configurationDoneRequest());
        const ended = client.waitForEvent('terminated');
        await Promise.all([client.launchRequest({ module: 'shown', cwd: directory, args: ['arg'], env: { WHO: 'me' }, noDebug: true }), configured]);
        await ended;
        assert.strictEqual(client.written('stdout'), 'me arg\n');
        fs.rmSync(directory, { recursive: true });
    });

    it('refuses politely what it does not do', async () => {
        await client.run('sums.py', { lines: [2] });
        for (const command of ['goto', 'gotoTargets', 'attach', 'readMemory', 'writeMemory', 'disassemble', 'noSuchRequest']) {
            await assert.rejects(client.customRequest(command, {}), error => error.message.length > 10, command);
        }
    });

    after(() => {
        const documented = fs.readFileSync(path.join(__dirname, '../../docs/dap.md'), 'utf8');
        const listed = documented.match(/^Requests: ([^]*?)\n\n/m)[1].match(/`(\w+)`/g).map(word => word.slice(1, -1)).filter(word => !['uncaught', 'raised'].includes(word));
        const own = [...documented.matchAll(/^### (.*)$/gm)].flatMap(heading => heading[1].split(', ')).filter(word => /^[a-z]\w+$/.test(word));
        const missing = [...listed, ...own].filter(command => !carriedOut.has(command));
        assert.deepStrictEqual(missing, [], 'requests that docs/dap.md lists and no test carries out');
    });
});
