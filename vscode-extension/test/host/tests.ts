import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Timeline } from '../../src/core/protocol';
import type { SessionModel } from '../../src/core/sessionModel';
import type { Api } from '../../src/extension';

const run = vscode.commands.executeCommand;
let api: Api;

const folder = (): vscode.WorkspaceFolder => vscode.workspace.workspaceFolders![0]!;
const file = (name: string): vscode.Uri => vscode.Uri.joinPath(folder().uri, name);
const model = (): SessionModel => api.current() ?? assert.fail('no session');
const session = (): vscode.DebugSession => vscode.debug.activeDebugSession ?? assert.fail('no session');

/** Waits for a state of the session, told by the extension whenever something changes. */
function until(what: string, holds: (model: SessionModel | undefined) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
            const now = api.current();
            const seen = JSON.stringify({ stopped: now?.stopped, place: now?.place, position: now?.timeline?.position, refusal: now?.refusal });
            finish(() => { reject(new Error(`never: ${what}; at last ${seen}`)); });
        }, 100000);
        const look = (): void => { if (holds(api.current())) { finish(resolve); } };
        const watching = api.onDidChange(look);
        function finish(end: () => void): void {
            clearTimeout(late);
            watching.dispose();
            end();
        }
        look();
    });
}

/** The next stop whose timeline is known, after doing something. */
async function stopAfter(act: () => Thenable<unknown>): Promise<{ line: number; tick: number; live: boolean }> {
    const before = model().timeline;
    await act();
    await until('a stop with its timeline', now => now?.stopped === true && now.timeline !== before && now.timeline?.position?.tick === now.place?.tick);
    const { stackFrames } = await session().customRequest('stackTrace', { threadId: 1, startFrame: 0, levels: 1 }) as { stackFrames: { line: number }[] };
    return { line: stackFrames[0]!.line, tick: model().place!.tick, live: model().place!.live };
}

async function value(expression: string): Promise<string> {
    return (await session().customRequest('evaluate', { expression, context: 'watch' }) as { result: string }).result;
}

async function start(program: string, breakpoints: number[], more: object = {}): Promise<void> {
    vscode.debug.addBreakpoints(breakpoints.map(line => new vscode.SourceBreakpoint(new vscode.Location(file(program), new vscode.Position(line - 1, 0)))));
    assert.equal(await vscode.debug.startDebugging(folder(), { type: 'fred', request: 'launch', name: 'test', program: file(program).fsPath, ...more }), true);
    await until('the first stop', now => now?.stopped === true && now.timeline !== undefined);
}

export function define(): void {
    describe('in the extension host:', () => {
        before(async () => {
            const extension = vscode.extensions.getExtension<Api>('fred.fred-debugger') ?? assert.fail('the extension is not installed');
            api = await extension.activate();
        });

        afterEach(async () => {
            await vscode.debug.stopDebugging();
            await until('the session\'s end', now => now === undefined);
            vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
            await vscode.workspace.getConfiguration('fred').update('path', undefined, vscode.ConfigurationTarget.Global);
        });

        it('every command of the manifest is there', async () => {
            const { contributes } = vscode.extensions.getExtension('fred.fred-debugger')!.packageJSON as { contributes: { commands: { command: string }[] } };
            const known = new Set(await vscode.commands.getCommands(true));
            assert.deepEqual(contributes.commands.map(each => each.command).filter(each => !known.has(each)), []);
        });

        it('F5 on a Python file without launch.json; step back, reverse, step in and out backwards, undo, return to live', async () => {
            await vscode.window.showTextDocument(file('shop.py'));
            vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(new vscode.Location(file('shop.py'), new vscode.Position(5, 0)))]);
            await run('workbench.action.debug.start');
            await until('the first stop', now => now?.stopped === true && now.timeline !== undefined);
            assert.equal(session().configuration['program'], file('shop.py').fsPath);
            const first = model().place!.tick;
            const second = await stopAfter(() => run('workbench.action.debug.continue'));
            assert.equal(second.line, 6);
            assert.equal((await stopAfter(() => run('workbench.action.debug.stepBack'))).line, 5);
            assert.equal(model().inPast, true);
            assert.equal((await stopAfter(() => run('workbench.action.debug.reverseContinue'))).tick, first);
            assert.equal((await stopAfter(() => run('fred.reverseStepOut'))).line, 13);
            assert.equal((await stopAfter(() => run('fred.undo'))).tick, first);
            assert.equal((await stopAfter(() => run('fred.reverseStepIn'))).line, 5);
            const live = await stopAfter(() => run('fred.returnToLive'));
            assert.deepEqual([live.tick, live.live], [second.tick, true]);
        });

        it('an uncaught exception; reverse watch of an invariant, and of a variable from its menu, last and first', async () => {
            await start('shop.py', []);
            assert.equal(await value('lowest'), '-5');
            const end = model().place!.tick;
            assert.equal((await stopAfter(() => run('fred.reverseWatchExpression', { expression: 'min(stock.values()) >= 0' }))).line, 5);
            assert.deepEqual(await Promise.all(['kind', 'stock[kind]'].map(value)), ['\'pears\'', '0']);
            assert.deepEqual(model().found.map(each => [each.line, each.before, each.after]), [[5, 'True', 'False']]);
            assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, file('shop.py').fsPath);
            assert.equal((await stopAfter(() => run('fred.returnToLive'))).tick, end);
            assert.equal((await stopAfter(() => run('fred.reverseWatchVariable', { variable: { name: 'lowest', evaluateName: 'lowest' } }))).line, 16);
            assert.deepEqual(model().found.map(each => [each.before, each.after]), [['undefined', '-5']]);
            await stopAfter(() => run('fred.returnToLive'));
            const last = await stopAfter(() => run('fred.reverseWatchVariable', { variable: { name: 'kind' } }));
            await stopAfter(() => run('fred.returnToLive'));
            const earlier = await stopAfter(() => run('fred.reverseWatchVariableFirst', { variable: { name: 'kind' } }));
            assert.ok(earlier.tick < last.tick && earlier.line === 12 && last.line === 12);
        });

        it('reverse watch of what is selected in the editor', async () => {
            await start('shop.py', [15]);
            const editor = await vscode.window.showTextDocument(file('shop.py'));
            editor.selection = new vscode.Selection(13, 8, 13, 12); // sold
            assert.equal((await stopAfter(() => run('fred.reverseWatchSelection'))).line, 14);
            assert.deepEqual(model().found.map(each => [each.before, each.after]), [['118', '120']]);
            await run('fred.clearChange');
            assert.deepEqual(model().found, []);
        });

        it('bookmarks, checkpoints, breakpoint hits and branches are in the timeline and can be gone to', async () => {
            await start('shop.py', [15]);
            const here = model().place!.tick;
            await session().customRequest('bookmark', { name: 'sold' });
            await run('fred.checkpoint');
            await stopAfter(() => run('workbench.action.debug.stepBack'));
            vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(new vscode.Location(file('shop.py'), new vscode.Position(5, 0)))]);
            await stopAfter(() => run('fred.findHits'));
            const timeline = await session().customRequest('timeline') as Timeline;
            assert.equal(timeline.breakpointHits?.filter(each => each.line === 6).length, 90);
            assert.equal(timeline.bookmarks[0]?.name, 'sold');
            assert.ok(timeline.checkpoints.some(each => each.pinned));
            await session().customRequest('setExpression', { expression: 'sold', value: '1000' });
            await stopAfter(() => run('workbench.action.debug.stepOver'));
            assert.equal(model().timeline?.branches.length, 2);
            await stopAfter(() => run('fred.switchBranch', { branch: 'main' }));
            assert.equal(model().place?.branch, 'main');
            const there = await stopAfter(() => run('fred.goThere', { goal: { bookmark: 'sold' }, branch: 'main' }));
            assert.equal(there.tick, here);
        });

        it('a long search shows its progress; cancelled, the program stands where it stood', async () => {
            await start('long.py', [4]);
            const tick = model().place!.tick;
            vscode.debug.removeBreakpoints(vscode.debug.breakpoints);
            vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(new vscode.Location(file('long.py'), new vscode.Position(2, 0)), true, 'total < 0')]);
            await run('workbench.action.debug.reverseContinue');
            await until('progress', now => now?.progress !== undefined);
            await run('fred.cancelSearch');
            await until('the stop', now => now?.stopped === true && now.progress === undefined);
            assert.equal(model().place?.tick, tick);
        });

        it('launch settings reach the program; without debugging it just runs', async () => {
            const written = file('written.txt').fsPath;
            fs.writeFileSync(file('write.py').fsPath, `import os, sys\nopen(${JSON.stringify(written)}, "w").write(os.environ["WHO"] + sys.argv[1] + os.getcwd())\n`);
            const ended = new Promise(resolve => { vscode.debug.onDidTerminateDebugSession(resolve); });
            assert.equal(await vscode.debug.startDebugging(
                folder(), { type: 'fred', request: 'launch', name: 'test', program: file('write.py').fsPath, args: ['!'], env: { WHO: 'me' } }, { noDebug: true }), true);
            await ended;
            assert.equal(fs.readFileSync(written, 'utf8'), `me!${folder().uri.fsPath}`);
        });

        it('no server, no Python, a native program, nothing to debug: no session, and the editor goes on', async () => {
            const debug = (more: object): Thenable<boolean> => vscode.debug.startDebugging(folder(), { type: 'fred', request: 'launch', name: 'test', ...more });
            const program = file('shop.py').fsPath;
            assert.equal(await debug({}), false);
            assert.equal(await debug({ program, python: path.join(folder().uri.fsPath, 'no-python') }), false);
            if (!(await api.doctor()).report?.checks.some(check => check.name === 'gdb')) {
                assert.equal(await debug({ program: '/bin/true' }), false);
            }
            await vscode.workspace.getConfiguration('fred').update('path', '/nowhere/fred', vscode.ConfigurationTarget.Global);
            assert.equal(await debug({ program }), false);
            assert.equal(api.current(), undefined);
        });

        it('a server that is killed ends its session', async () => {
            await start('shop.py', [15]);
            const servers = fs.readdirSync('/proc').filter(each => /^\d+$/.test(each)).filter(pid => {
                try {
                    return fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').slice(-3).join(' ').includes('fred dap');
                } catch {
                    return false;
                }
            });
            const mine = servers.filter(pid => fs.readlinkSync(`/proc/${pid}/exe`).includes('fred.fred-debugger'));
            assert.equal(mine.length, 1, 'the server is the one inside the extension');
            process.kill(Number(mine[0]), 'SIGKILL');
            await until('the end', now => now === undefined);
        });
    });
}
