'use strict';
// Every request of the debug adapter through @vscode/debugadapter-testsupport, over a real Python program. FRED names the fred to test.
const assert = require('node:assert');
const path = require('node:path');
const { DebugClient } = require('@vscode/debugadapter-testsupport');

const fred = process.env.FRED ?? path.join(__dirname, '../../artifacts/bin/Fred.Cli/release/fred');
const program = path.join(__dirname, 'debuggee.py');
const python = process.env.FRED_PYTHON ?? '/usr/bin/python3';
const thread = { threadId: 1 };

describe('fred dap', () => {
    let client;

    beforeEach(async () => {
        client = new DebugClient(fred, 'dap', 'fred');
        client.defaultTimeout = 30000;
        await client.start();
    });

    afterEach(() => client.stop());

    const launch = (lines, settings = {}) => Promise.all([
        client.launch({ program, python, ...settings }),
        client.waitForEvent('initialized').then(async () => {
            await client.setExceptionBreakpointsRequest({ filters: ['uncaught'] });
            await client.setBreakpointsRequest({ source: { path: program }, breakpoints: lines.map(line => ({ line })) });
            await client.configurationDoneRequest();
        }),
        client.waitForEvent('stopped'),
    ]).then(([, , stop]) => stop);

    const move = async (command, args = thread) => {
        const [stop] = await Promise.all([client.waitForEvent('stopped'), client.customRequest(command, args)]);
        return stop.body;
    };

    const top = async () => (await client.stackTraceRequest({ threadId: 1, startFrame: 0, levels: 1 })).body.stackFrames[0];

    it('promises going back, and what goes with it', async () => {
        const { body } = await client.initializeRequest();
        for (const name of ['supportsStepBack', 'supportsDataBreakpoints', 'supportsRestartFrame', 'supportsCancelRequest', 'supportsSteppingGranularity']) {
            assert.strictEqual(body[name], true, name);
        }
    });

    it('steps in every direction', async () => {
        await launch([2]);
        assert.strictEqual((await top()).name, 'add');
        const here = (await move('next')).fred.tick;
        const back = await move('stepBack');
        assert.ok(back.fred.tick < here && back.description.includes('in the past'));
        assert.strictEqual((await move('next')).fred.tick, here);
        await move('stepOut');
        await move('stepIn');
        await move('reverseStepIn');
        await move('reverseStepOut');
        assert.strictEqual((await top()).name, '<module>');
    });

    it('continues and reverses over breakpoints', async () => {
        const first = (await launch([2])).body.fred.tick;
        await move('continue');
        await move('continue');
        await move('reverseContinue');
        assert.strictEqual((await move('reverseContinue')).fred.tick, first);
        await move('gotoTick', { live: true });
        const undone = await move('undo', { count: 1 });
        assert.strictEqual(undone.fred.tick, first);
    });

    it('shows stacks, scopes, variables and values', async () => {
        await launch([11]);
        await client.threadsRequest();
        const frame = await top();
        const { scopes } = (await client.scopesRequest({ frameId: frame.id })).body;
        const { variables } = (await client.variablesRequest({ variablesReference: scopes[0].variablesReference })).body;
        const numbers = variables.find(v => v.name === 'numbers');
        assert.strictEqual(numbers.indexedVariables, 60);
        const page = await client.variablesRequest({ variablesReference: numbers.variablesReference, filter: 'indexed', start: 10, count: 5 });
        assert.deepStrictEqual(page.body.variables.map(v => v.value), ['10', '11', '12', '13', '14']);
        for (const context of ['watch', 'hover', 'repl', 'clipboard']) {
            assert.strictEqual((await client.evaluateRequest({ expression: 'total', frameId: frame.id, context })).body.result, '60');
        }
        assert.ok((await client.completionsRequest({ frameId: frame.id, text: 'tot', column: 4 })).body.targets.some(t => t.label === 'total'));
        assert.ok((await client.sourceRequest({ source: { path: program }, sourceReference: 0 })).body.content.startsWith('def add'));
        assert.ok((await client.customRequest('loadedSources')).body.sources.length > 0);
        assert.ok((await client.modulesRequest({})).body.totalModules > 0);
    });

    it('lands on the write that a data breakpoint names', async () => {
        await launch([11]);
        const info = await client.dataBreakpointInfoRequest({ name: 'total' });
        await client.setDataBreakpointsRequest({ breakpoints: [{ dataId: info.body.dataId, accessType: 'write' }] });
        const stop = await move('reverseContinue');
        assert.strictEqual(stop.reason, 'data breakpoint');
        assert.strictEqual(stop.text, 'total is 20, the next statement makes it 60');
    });

    it('finds the statement that broke an invariant', async () => {
        await launch([11]);
        const [stop, found] = await Promise.all([client.waitForEvent('stopped'), client.customRequest('reverseWatch', { expression: 'total < 10' })]);
        assert.strictEqual(found.body.result, 'transition');
        assert.strictEqual(found.body.transitions[0].after, 'False');
        assert.strictEqual(stop.body.fred.tick, found.body.transitions[0].tick);
    });

    it('changes variables, in the past on a new branch', async () => {
        await launch([11]);
        await move('stepBack');
        await client.customRequest('setExpression', { expression: 'total', value: '1000' });
        const { scopes } = (await client.scopesRequest({ frameId: (await top()).id })).body;
        await client.setVariableRequest({ variablesReference: scopes[1].variablesReference, name: 'total', value: '-1' });
        const { branches } = (await client.customRequest('branches')).body;
        assert.deepStrictEqual(branches.map(b => b.current), [false, true]);
        await move('continue');
        const [, output] = await Promise.all([client.customRequest('continue', thread), client.assertOutput('stdout', 'total -1\n')]);
        assert.ok(output.body.data.tick > 0);
    });

    it('stops at an uncaught exception and explains it', async () => {
        assert.strictEqual((await launch([])).body.reason, 'exception');
        assert.strictEqual((await client.exceptionInfoRequest(thread)).body.exceptionId, 'AssertionError');
        await move('stepBack');
    });

    it('takes function breakpoints, bookmarks and checkpoints, and shows the timeline', async () => {
        await launch([7]);
        assert.strictEqual((await client.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'add' }] })).body.breakpoints[0].verified, true);
        assert.strictEqual((await move('continue')).reason, 'breakpoint');
        assert.strictEqual((await top()).name, 'add');
        await client.customRequest('bookmark', { name: 'in add' });
        await client.customRequest('checkpoint');
        const { body } = await client.customRequest('timeline');
        assert.strictEqual(body.bookmarks[0].name, 'in add');
        assert.ok(body.checkpoints.some(c => c.pinned));
        assert.ok((await client.customRequest('history')).body.entries.length > 0);
    });

    it('restarts, pauses, cancels and terminates', async () => {
        await launch([2]);
        const [stop] = await Promise.all([client.waitForEvent('stopped'), client.restartRequest({})]);
        assert.strictEqual(stop.body.reason, 'breakpoint');
        await client.pauseRequest(thread);
        await client.customRequest('cancel', { requestId: 12345 });
        await Promise.all([client.waitForEvent('terminated'), client.terminateRequest({})]);
    });

    it('refuses politely what it does not do', async () => {
        await launch([2]);
        for (const command of ['goto', 'gotoTargets', 'stepInTargets', 'attach', 'readMemory', 'disassemble', 'noSuchRequest']) {
            await assert.rejects(client.customRequest(command, {}), error => error.message.length > 10, command);
        }
    });
});
