'use strict';
// A program in the editor's terminal: it can ask its user, and nothing is asked or shown again by going back.
const assert = require('node:assert');
const { FredClient, until } = require('./client');

describe('the editor\'s terminal', () => {
    let client;

    beforeEach(async () => {
        client = new FredClient();
        await client.start();
    });

    afterEach(() => client.stop());

    for (const [console, kind] of [['integratedTerminal', 'integrated'], ['externalTerminal', 'external']]) {
        it(`is where input() works (${console})`, async () => {
            const first = client.run('ask.py', { lines: [4], settings: { console } });
            await until(() => client.terminals[0]?.screen.endsWith('name? '));
            client.terminals[0].stdin.write('Ada\n');
            assert.strictEqual((await first).reason, 'breakpoint');
            assert.strictEqual(client.terminals[0].kind, kind);
            assert.strictEqual(await client.value('name'), "'Ada'");

            await client.move('stepBack');
            await client.move('stepBack');
            await client.move('continue');
            await client.breakAt([]);
            const end = client.move('continue');
            await until(() => client.terminals[0].screen.endsWith('again? '));
            client.terminals[0].stdin.write('Bob\n');
            assert.strictEqual((await end).reason, 'exit');
            await client.move('reverseContinue');

            assert.strictEqual(client.terminals[0].screen.replaceAll('\r', ''), 'name? Ada\nhello Ada True True\nagain? Bob\nbye Bob\n');
            assert.strictEqual(client.written('stdout'), '');
            await client.stop();
            await until(() => client.terminals[0].exitCode !== null);
        });
    }

    it('pauses the program at Ctrl-C', async () => {
        const first = client.run('long.py', { lines: [7], settings: { console: 'integratedTerminal', args: ['10', 'on'] } });
        await first;
        await client.breakAt([]);
        const stop = client.move('continue');
        await until(() => client.terminals[0].screen.includes('pid'));
        client.terminals[0].stdin.write('\x03');
        assert.strictEqual((await stop).reason, 'pause');
    });

    it('is asked for only where the client offers one', async () => {
        await assert.rejects(client.run('ask.py', { settings: { console: 'integratedTerminal' }, initialize: { supportsRunInTerminalRequest: false } }), /internalConsole/);
    });
});
