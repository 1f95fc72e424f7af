'use strict';
// The client library's DebugClient with what the tests share: a launch in the order editors use, moves with their stop, and requests of the server.
const fs = require('node:fs');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { DebugClient } = require('@vscode/debugadapter-testsupport');

const FRED = process.env.FRED ?? path.join(__dirname, '../../artifacts/fred/fred');
const PYTHON = process.env.FRED_PYTHON ?? '/usr/bin/python3';
const PATIENCE = 60000;
const thread = { threadId: 1 };

/** Every request that any test has sent and that was carried out, for the test that compares them with the documentation. */
const carriedOut = new Set();

class FredClient extends DebugClient {
    constructor() {
        super(FRED, 'dap', 'fred');
        this.defaultTimeout = PATIENCE;
        this.output = [];
        this.terminals = [];
        this.on('output', event => this.output.push(event.body));
    }

    async start() {
        await super.start();
        this.server = this._adapterProcess;
        this.ended = new Promise(resolve => { this.server.once('exit', resolve); });
    }

    /** The server's process id. */
    get pid() {
        return this.server.pid;
    }

    /** Disconnects; the server then has to end by itself. */
    async stop() {
        if (this.server.exitCode === null && this.server.signalCode === null) {
            await this.disconnectRequest({});
            await this.ended;
        }
    }

    send(command, args) {
        return super.send(command, args).then(response => {
            carriedOut.add(command);
            return response;
        });
    }

    /** The library knows no requests of adapters; runInTerminal is carried out in a pseudo terminal made by Python. */
    dispatch(text) {
        const message = JSON.parse(text);
        if (message.type !== 'request') {
            super.dispatch(text);
            return;
        }
        const { args, cwd } = message.arguments;
        const terminal = spawn(PYTHON, ['-c', 'import pty, sys; pty.spawn(sys.argv[1:])', ...args], { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
        terminal.screen = '';
        terminal.kind = message.arguments.kind;
        terminal.stdout.on('data', data => { terminal.screen += data; });
        this.terminals.push(terminal);
        const body = JSON.stringify({ seq: 900000, type: 'response', request_seq: message.seq, command: message.command, success: true, body: {} });
        this.outputStream.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    }

    /** Starts a program of programs/ and waits for its first stop. */
    async run(name, { lines = [], filters = ['uncaught'], filterOptions, settings = {}, initialize = {} } = {}) {
        this.program = path.join(__dirname, 'programs', name);
        await this.initializeRequest({
            adapterID: 'fred', pathFormat: 'path', linesStartAt1: true, columnsStartAt1: true, supportsProgressReporting: true,
            supportsRunInTerminalRequest: true, supportsInvalidatedEvent: true, ...initialize,
        });
        const stopped = this.waitForEvent('stopped', PATIENCE);
        const configured = this.waitForEvent('initialized', PATIENCE).then(async () => {
            await this.setExceptionBreakpointsRequest({ filters, ...(filterOptions ? { filterOptions } : {}) });
            await this.breakAt(lines);
            await this.configurationDoneRequest();
        });
        await Promise.all([this.launchRequest({ program: this.program, python: PYTHON, ...settings }), configured]);
        return (await stopped).body;
    }

    /** Sets the breakpoints of the program. */
    async breakAt(breakpoints) {
        return (await this.setBreakpointsRequest({
            source: { path: this.program }, breakpoints: breakpoints.map(each => (typeof each === 'number' ? { line: each } : each)),
        })).body.breakpoints;
    }

    /** Moves, and returns the body of the stop that ends the move. */
    async move(command, args = thread) {
        const [stop] = await Promise.all([this.waitForEvent('stopped', PATIENCE), this.customRequest(command, args)]);
        return stop.body;
    }

    /** The innermost frame. */
    async top() {
        return (await this.stackTraceRequest({ threadId: 1, startFrame: 0, levels: 1 })).body.stackFrames[0];
    }

    /** The value of an expression in the innermost frame. */
    async value(expression) {
        return (await this.evaluateRequest({ expression, context: 'watch' })).body.result;
    }

    /** What the program has written to one of its streams. */
    written(category) {
        return this.output.filter(each => each.category === category).map(each => each.output).join('');
    }
}

/** Waits until a condition holds; the runner's own time limit ends a wait in vain. */
async function until(condition) {
    while (!condition()) {
        await new Promise(resolve => setTimeout(resolve, 20));
    }
}

/** Every process below one, as pids. */
function descendants(root) {
    const children = new Map();
    for (const entry of fs.readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
        try {
            const parent = Number(fs.readFileSync(`/proc/${entry}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ')[1]);
            children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
        } catch { /* it has ended meanwhile */ }
    }
    const found = [];
    for (const pending = [root]; pending.length > 0;) {
        const below = children.get(pending.pop()) ?? [];
        found.push(...below);
        pending.push(...below);
    }
    return found;
}

/** Whether a process runs; one that has ended and is not reaped does not. */
function runs(pid) {
    try {
        return !/^.*\) [ZX]/s.test(fs.readFileSync(`/proc/${pid}/stat`, 'latin1'));
    } catch {
        return false;
    }
}

module.exports = { FredClient, FRED, PYTHON, thread, carriedOut, until, descendants, runs };
