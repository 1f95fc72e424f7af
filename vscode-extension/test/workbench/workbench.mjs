// A real VS Code for tests: code-server with its own data, and headless Chromium. Stops both, whatever happens.
import { execFile, spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** Longest waits, in milliseconds: the first start on a busy machine, and everything after it. */
const startPatience = 180000;
const patience = 90000;

const settings = {
    'workbench.startupEditor': 'none', 'workbench.tips.enabled': false, 'workbench.enableExperiments': false, 'workbench.colorTheme': 'Default Light Modern',
    'workbench.secondarySideBar.defaultVisibility': 'hidden', 'chat.commandCenter.enabled': false, 'chat.disableAIFeatures': true, 'window.commandCenter': false,
    'security.workspace.trust.enabled': false, 'telemetry.telemetryLevel': 'off', 'update.mode': 'none', 'git.enabled': false, 'files.hotExit': 'off',
    'extensions.autoCheckUpdates': false, 'extensions.autoUpdate': false, 'extensions.ignoreRecommendations': true, 'editor.minimap.enabled': false,
    'debug.toolBarLocation': 'floating', 'debug.openDebug': 'openOnDebugBreak', 'debug.internalConsoleOptions': 'neverOpen',
    'debug.showVariableTypes': false, 'typescript.disableAutomaticTypeAcquisition': true, 'terminal.integrated.gpuAcceleration': 'off',
};

export class Workbench {
    /** @param {{ installed: string, vsix: string, shots: string, node?: string, chromium?: string }} options Where code-server and playwright-core are installed, and the extension. */
    constructor(options) {
        this.options = options;
        this.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'fred-vscode-'));
        fs.mkdirSync(options.shots, { recursive: true });
    }

    /** Installs the extension and starts the server and the browser. */
    async start(environment = {}) {
        const { installed, vsix, node = process.execPath, chromium = '/usr/bin/chromium' } = this.options;
        const data = path.join(this.directory, 'data');
        fs.mkdirSync(path.join(data, 'User'), { recursive: true });
        fs.writeFileSync(path.join(data, 'User/settings.json'), JSON.stringify(settings));
        fs.writeFileSync(path.join(this.directory, 'config.yaml'), 'auth: none\ncert: false\n');
        const command = [path.join(installed, 'node_modules/code-server/out/node/entry.js'), '--config', path.join(this.directory, 'config.yaml'),
            '--user-data-dir', data, '--extensions-dir', path.join(this.directory, 'extensions')];
        const answer = await promisify(execFile)(node, [...command, '--install-extension', vsix]);
        if (!/successfully installed/.test(answer.stdout)) {
            throw new Error(`the extension was not installed: ${answer.stdout}${answer.stderr}`);
        }
        this.server = spawn('setpriv', ['--pdeathsig', 'TERM', node, ...command, // It ends with this process, however that ends.
            '--auth', 'none', '--bind-addr', '127.0.0.1:0', '--disable-telemetry', '--disable-update-check', '--disable-workspace-trust',
            '--disable-getting-started-override'], { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', fs.openSync(path.join(this.directory, 'server.err'), 'w')], detached: true });
        this.url = await this.#listening();
        const library = createRequire(path.join(installed, 'package.json'))('playwright-core');
        this.browser = await library.chromium.launchPersistentContext(path.join(this.directory, 'browser'), {
            executablePath: chromium, headless: true, viewport: { width: 1360, height: 900 },
            args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
        });
        await this.browser.route(url => url.hostname !== '127.0.0.1', route => route.abort()); // Nothing but this machine.
    }

    /** Opens a folder in a new page; the page before it is closed. */
    async open(folder, { payload = [], functions = {} } = {}) {
        const before = this.page;
        this.page = await this.browser.newPage();
        await before?.close();
        this.page.setDefaultTimeout(patience);
        for (const [name, act] of Object.entries(functions)) {
            await this.page.exposeFunction(name, act);
        }
        const query = payload.length > 0 ? `&payload=${encodeURIComponent(JSON.stringify(payload))}` : '';
        await this.page.goto(`${this.url}/?folder=${encodeURIComponent(folder)}${query}`);
        await this.page.waitForSelector('.monaco-workbench .part.statusbar', { timeout: startPatience });
    }

    /** The address of a file for the remote extension host. */
    remote(file) {
        return `vscode-remote://${new URL(this.url).host}${file}`;
    }

    async shot(name, options = {}) {
        const file = path.join(this.options.shots, `${name}.png`);
        await this.page.screenshot({ path: file, ...options });
        return file;
    }

    /** Waits until the page function gives something true; a picture is taken when it does not. */
    async until(what, test, argument) {
        try {
            const handle = await this.page.waitForFunction(test, argument, { polling: 100, timeout: patience });
            return await handle.jsonValue();
        } catch (error) {
            throw new Error(`${what}: ${error.message.split('\n')[0]} (picture: ${await this.shot(`failed-${what.replace(/\W+/g, '-')}`)})`);
        }
    }

    /** Ends everything that was started. */
    async stop() {
        await this.browser?.close().catch(() => {});
        if (this.server && this.server.exitCode === null && this.server.signalCode === null) {
            const ended = new Promise(resolve => { this.server.once('exit', resolve); });
            process.kill(-this.server.pid, 'SIGTERM');
            const late = setTimeout(() => { process.kill(-this.server.pid, 'SIGKILL'); }, 5000);
            await ended;
            clearTimeout(late);
        }
        if (this.server) {
            try {
                process.kill(-this.server.pid, 'SIGKILL'); // What of its group is still there.
            } catch { /* nothing */ }
        }
        fs.rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
    }

    // The server says which port it got.
    #listening() {
        return new Promise((resolve, reject) => {
            const late = setTimeout(() => { reject(new Error('code-server did not start')); }, startPatience);
            this.server.once('exit', code => { reject(new Error(`code-server ended with ${code}: ${fs.readFileSync(path.join(this.directory, 'server.err'), 'utf8')}`)); });
            createInterface({ input: this.server.stdout }).on('line', line => {
                const address = /HTTP server listening on (http:\/\/[\d.]+:\d+)/.exec(line)?.[1];
                if (address) {
                    clearTimeout(late);
                    resolve(address);
                }
            });
        });
    }
}
