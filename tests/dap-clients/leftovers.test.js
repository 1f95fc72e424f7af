'use strict';
// Whoever is killed, nothing is left running.
const assert = require('node:assert');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { FredClient, FRED, PYTHON, until, descendants, runs } = require('./client');

describe('killing', () => {
    const start = async () => {
        const client = new FredClient();
        await client.start();
        await client.run('long.py', { lines: [8], settings: { args: ['200000', 'on'] } });
        await client.move('stepBack');
        await client.move('gotoTick', { tick: 1000 });
        await client.breakAt([]);
        await client.move('gotoTick', { live: true });
        return client;
    };

    it('the server leaves nothing', async () => {
        const client = await start();
        await client.continueRequest({ threadId: 1 }).catch(() => undefined);
        const all = descendants(client.pid);
        assert.ok(all.length >= 3, `launcher, program and checkpoints: ${all}`);
        process.kill(client.pid, 'SIGKILL');
        await until(() => !all.some(runs));
    });

    it('the program leaves its history, and nothing when the session ends', async () => {
        const client = await start();
        const head = Number(client.written('stdout').match(/pid (\d+)/)[1]); // what is evaluated runs in a copy, which has a pid of its own
        const all = descendants(client.pid);
        const stopped = client.waitForEvent('stopped');
        await client.continueRequest({ threadId: 1 }).catch(() => undefined);
        process.kill(head, 'SIGKILL');
        await stopped;
        await client.move('stepBack');
        const server = client.pid;
        await client.disconnectRequest({});
        await until(() => ![server, ...all].some(runs));
    });

    it('the client leaves nothing', async () => {
        const code = `
import sys
sys.path.insert(0, ${JSON.stringify(path.join(__dirname, '../../bench'))})
from dapclient import Dap
dap = Dap([${JSON.stringify(FRED)}, "dap"])
program = ${JSON.stringify(path.join(__dirname, 'programs/long.py'))}
dap.launch({"program": program, "python": ${JSON.stringify(PYTHON)}, "args": ["1000", "on"]}, {program: [7]})
dap.move("stepBack")
print("ready", flush=True)
dap.read()
dap.read()
`;
        const victim = spawn(PYTHON, ['-c', code], { stdio: ['ignore', 'pipe', 'inherit'] });
        await new Promise(resolve => { victim.stdout.once('data', resolve); });
        const all = descendants(victim.pid);
        assert.ok(all.length >= 4, `server, launcher, program and checkpoints: ${all}`);
        victim.kill('SIGKILL');
        await until(() => !all.some(runs));
    });
});
