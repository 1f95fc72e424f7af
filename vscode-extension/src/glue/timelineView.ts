import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { Latest } from '../core/latest';
import { marksOf } from '../core/marks';
import { type Destination, firstTick } from '../core/protocol';
import { pageOf, type Shown, wishOf } from '../core/view';
import type { Commands } from './commands';
import type { Sessions } from './sessions';

/** The timeline in the debug side bar. */
export class TimelineView implements vscode.WebviewViewProvider, vscode.Disposable {
    private view: vscode.WebviewView | undefined;
    private awaiting: vscode.Disposable | undefined;
    private readonly subscriptions: vscode.Disposable[] = [];
    private readonly going = new Latest<Destination>(goal => this.commands.go(goal));

    constructor(private readonly extension: vscode.Uri, private readonly sessions: Sessions, private readonly commands: Commands, memory: vscode.Memento) {
        this.subscriptions.push(
            sessions.onDidStop(() => { void unfoldOnce(memory); }),
            vscode.window.registerWebviewViewProvider('fred.timeline', this),
            sessions.onDidChange(() => { this.show(); }));
    }

    resolveWebviewView(view: vscode.WebviewView): void {
        const dist = vscode.Uri.joinPath(this.extension, 'dist');
        this.view = view;
        view.onDidDispose(() => { this.view = undefined; });
        view.webview.options = { enableScripts: true, localResourceRoots: [dist] };
        view.webview.onDidReceiveMessage((message: unknown) => { void this.wish(message); });
        view.webview.html = pageOf(
            view.webview.cspSource, view.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'timeline.js')).toString(),
            view.webview.asWebviewUri(vscode.Uri.joinPath(dist, 'timeline.css')).toString(), randomBytes(16).toString('hex'));
    }

    dispose(): void {
        this.subscriptions.forEach(each => { each.dispose(); });
        this.awaiting?.dispose();
    }

    private async wish(message: unknown): Promise<void> {
        const wish = wishOf(message);
        switch (wish?.kind) {
            case 'ready':
                this.show();
                break;
            case 'go':
                await this.keepFocus(wish.focused, () => this.going.ask(wish.goal));
                break;
            case 'step':
                if (this.sessions.current?.model.stopped) { // A key held down asks faster than programs step.
                    await this.keepFocus(wish.focused, () => this.commands.step(wish.command));
                }
                break;
            case 'cancel':
                await this.commands.cancel();
                break;
            case 'bookmark':
                await this.commands.bookmark();
                break;
            case undefined:
                break;
        }
    }

    // The editor takes the focus at every stop, right before it tells of the new frame. Whoever steps by the keys of the timeline wants to go on doing so.
    private async keepFocus(focused: boolean | undefined, move: () => Promise<void>): Promise<void> {
        this.awaiting?.dispose();
        this.awaiting = focused
            ? vscode.debug.onDidChangeActiveStackItem(item => {
                if (item instanceof vscode.DebugStackFrame) {
                    this.awaiting?.dispose();
                    void vscode.commands.executeCommand('fred.timeline.focus').then(() => this.view?.webview.postMessage({ kind: 'focus' }));
                }
            })
            : undefined;
        await move();
    }

    private show(): void {
        const model = this.sessions.current?.model;
        const shown: Shown = {
            kind: 'state',
            first: model?.timeline ? firstTick(model.timeline) : 0,
            marks: model?.timeline ? marksOf(model.timeline, model.found) : [],
            stopped: model?.stopped ?? false,
            branches: model?.timeline?.branches.length ?? 0,
            ...(model?.place ? { place: model.place } : {}),
            ...(model?.progress ? { progress: model.progress } : {}),
        };
        void this.view?.webview.postMessage(shown);
    }
}

// The editor folds the views that extensions add to the debug side bar. Unfolded the first time a program stops; after that the user's own choice stays.
async function unfoldOnce(memory: vscode.Memento): Promise<void> {
    const key = 'fred.timelineUnfolded';
    if (!memory.get<boolean>(key)) {
        await memory.update(key, true);
        await vscode.commands.executeCommand('fred.timeline.focus', { preserveFocus: true });
    }
}
