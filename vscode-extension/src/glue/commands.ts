import * as vscode from 'vscode';
import type { Destination, WatchResult } from '../core/protocol';
import type { Row } from '../core/tree';
import { explain, expressionIn, expressionOf, modeOf, type WatchArguments } from '../core/watch';
import type { Sessions } from './sessions';

const thread = { threadId: 1 };
type Which = WatchArguments['which'];

/** Fred's commands: what is not in the editor's own debugger. Each tells the user what went wrong, in the server's words. */
export class Commands implements vscode.Disposable {
    private readonly subscriptions: vscode.Disposable[] = [];

    constructor(private readonly sessions: Sessions) {
        const moves: Record<string, () => Promise<void>> = {
            'fred.reverseStepIn': () => this.sessions.move('reverseStepIn', thread),
            'fred.reverseStepOut': () => this.sessions.move('reverseStepOut', thread),
            'fred.undo': () => this.sessions.move('undo', { count: 1 }),
            'fred.returnToLive': () => this.sessions.move('gotoTick', { live: true }),
            'fred.gotoTick': () => this.askTick(),
            'fred.bookmark': () => this.askBookmark(),
            'fred.checkpoint': () => this.sessions.request('checkpoint'),
            'fred.findHits': () => this.findHits(),
            'fred.cancelSearch': () => this.cancel(),
            'fred.renameBranch': () => this.renameBranch(),
            'fred.reverseWatch': () => this.askWatch('last'),
            'fred.reverseWatchFirst': () => this.askWatch('first'),
            'fred.reverseWatchSelection': () => this.watchSelection('last'),
            'fred.reverseWatchSelectionFirst': () => this.watchSelection('first'),
        };
        for (const [name, act] of Object.entries(moves)) {
            this.register(name, act);
        }
        for (const menu of ['Variable', 'Expression']) {
            this.register(`fred.reverseWatch${menu}`, context => this.watchMenu(context, 'last'));
            this.register(`fred.reverseWatch${menu}First`, context => this.watchMenu(context, 'first'));
        }
        this.register('fred.goThere', row => this.goRow(row as Partial<Row>));
        this.register('fred.switchBranch', row => this.sessions.move('branches', { switchTo: (row as Partial<Row>).branch }));
        this.subscriptions.push(vscode.commands.registerCommand('fred.clearChange', () => { this.sessions.note('', []); }));
    }

    /** Goes somewhere in time; ends when the program stands there. */
    go(goal: Destination): Promise<void> {
        return this.tell(() => this.sessions.move('gotoTick', goal));
    }

    /** One step, as by a button of the editor's. */
    step(command: 'stepBack' | 'next' | 'reverseStepIn' | 'stepIn'): Promise<void> {
        return this.tell(() => this.sessions.move(command, thread));
    }

    /** Ends the search on its way; the program goes back to where it stood. */
    async cancel(): Promise<void> {
        const progress = this.sessions.current?.model.progress;
        if (progress) {
            await this.tell(() => this.sessions.request('cancel', { progressId: progress.id }));
        }
    }

    /** Asks for a name and bookmarks this moment. */
    bookmark(): Promise<void> {
        return this.tell(() => this.askBookmark());
    }

    /** Searches for the statement that changed an expression, and goes there. */
    async watch(expression: string, which: Which): Promise<void> {
        const frameId = await this.frameId();
        const frame = frameId === undefined ? {} : { frameId };
        const value = await this.sessions.request<{ result: string; type?: string }>('evaluate', { expression, context: 'watch', ...frame });
        const mode = modeOf(value);
        const args: WatchArguments = { expression, which, mode, ...frame };
        const result = await this.sessions.request<WatchResult>('reverseWatch', args);
        this.sessions.note(expression, result.transitions);
        const problem = explain(result, mode);
        if (problem) {
            void vscode.window.showInformationMessage(problem);
        } else if (!result.monotone) {
            vscode.window.setStatusBarMessage(`${expression} changed more than once; ${which === 'last' ? 'this is the last time' : 'this is the first time'}.`, 8000);
        }
    }

    dispose(): void {
        this.subscriptions.forEach(each => { each.dispose(); });
    }

    private register(name: string, act: (context: unknown) => Promise<void>): void {
        this.subscriptions.push(vscode.commands.registerCommand(name, (context: unknown) => this.tell(() => act(context))));
    }

    // The editor itself shows what the server marks for that; a search ended by the user is no failure.
    private async tell(act: () => Promise<void>): Promise<void> {
        const before = this.sessions.current?.model.refusal;
        try {
            await act();
        } catch (error) {
            const refusal = this.sessions.current?.model.refusal;
            const text = error instanceof Error ? error.message : String(error);
            if (!(refusal && refusal !== before && (refusal.shown || refusal.errorId === 'Cancelled')) && text !== 'Canceled') {
                void vscode.window.showWarningMessage(`Fred: ${text}`);
            }
        }
    }

    private async askTick(): Promise<void> {
        const edge = this.sessions.current?.model.place?.edge ?? 0;
        const text = await vscode.window.showInputBox({
            title: 'Go to Tick', prompt: `0 to ${edge}`, value: String(this.sessions.current?.model.place?.tick ?? 0),
            validateInput: value => (/^\d+$/.test(value.trim()) && Number(value) <= edge ? undefined : `A whole number from 0 to ${edge}.`),
        });
        if (text !== undefined) {
            await this.sessions.move('gotoTick', { tick: Number(text) });
        }
    }

    private async askBookmark(): Promise<void> {
        const tick = this.sessions.current?.model.place?.tick ?? 0;
        const name = await vscode.window.showInputBox({ title: 'Bookmark This Moment', prompt: 'Its name', value: `tick ${tick}` });
        if (name?.trim()) {
            await this.sessions.request('bookmark', { name: name.trim() });
        }
    }

    private async findHits(): Promise<void> {
        const found = await this.sessions.request<{ hits: unknown[]; complete: boolean }>('findHits');
        vscode.window.setStatusBarMessage(`Breakpoints were hit ${found.complete ? '' : 'at least '}${found.hits.length} times.`, 8000);
    }

    private async renameBranch(): Promise<void> {
        const name = await vscode.window.showInputBox({ title: 'Rename This Branch', value: this.sessions.current?.model.place?.branch ?? '' });
        if (name?.trim()) {
            await this.sessions.request('branches', { rename: name.trim() });
        }
    }

    // A bookmark of another branch is reached by way of that branch.
    private async goRow(row: Partial<Row>): Promise<void> {
        if (row.branch && row.branch !== this.sessions.current?.model.place?.branch) {
            await this.sessions.move('branches', { switchTo: row.branch });
        }
        if (row.goal) {
            await this.sessions.move('gotoTick', row.goal);
        }
    }

    // Editors without a menu in the Watch view (before 1.101 or so) offer its expressions here.
    private async askWatch(which: Which): Promise<void> {
        const known = [...(this.sessions.current?.model.watches ?? [])].reverse();
        const pick = vscode.window.createQuickPick();
        pick.title = which === 'last' ? 'Reverse Watch' : 'Reverse Watch, First Time';
        pick.placeholder = 'An expression: the statement that made it False, or gave it its present value, is searched for';
        const items = known.map(label => ({ label, description: 'Watch' }));
        pick.items = items;
        const expression = await new Promise<string | undefined>(resolve => {
            pick.onDidChangeValue(value => {
                pick.items = value.trim() && !known.includes(value.trim()) ? [{ label: value.trim(), alwaysShow: true }, ...items] : items;
            });
            pick.onDidAccept(() => { resolve(pick.selectedItems[0]?.label ?? pick.value); });
            pick.onDidHide(() => { resolve(undefined); });
            pick.show();
        });
        pick.dispose();
        if (expression?.trim()) {
            await this.watch(expression.trim(), which);
        }
    }

    private async watchMenu(context: unknown, which: Which): Promise<void> {
        const expression = expressionOf(context);
        await (expression ? this.watch(expression, which) : this.askWatch(which));
    }

    private async watchSelection(which: Which): Promise<void> {
        const editor = vscode.window.activeTextEditor;
        const range = editor && (editor.selection.isEmpty ? editor.document.getWordRangeAtPosition(editor.selection.active) : editor.selection);
        const expression = range && expressionIn(editor.document.getText(range));
        await (expression ? this.watch(expression, which) : this.askWatch(which));
    }

    // The frame selected in the Call Stack view: names mean what they mean there. Right after a stop the editor has still the frames of the one before.
    private async frameId(): Promise<number | undefined> {
        const item = vscode.debug.activeStackItem;
        const current = this.sessions.current;
        if (item instanceof vscode.DebugStackFrame && item.session.id === current?.session.id && current.model.frames.has(item.frameId)) {
            return item.frameId;
        }
        const stack = await this.sessions.request<{ stackFrames: { id: number }[] }>('stackTrace', { ...thread, startFrame: 0, levels: 1 });
        return stack.stackFrames[0]?.id;
    }
}
