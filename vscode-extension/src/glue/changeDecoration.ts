import * as vscode from 'vscode';
import type { Transition } from '../core/protocol';
import { decorationOf } from '../core/watch';
import type { Sessions } from './sessions';

/** Marks the statements that a reverse watch found, in their editors, until the next search or the end of the session. */
export class ChangeDecoration implements vscode.Disposable {
    private readonly kind = vscode.window.createTextEditorDecorationType({
        isWholeLine: true,
        backgroundColor: new vscode.ThemeColor('fred.changedHereBackground'),
        overviewRulerColor: new vscode.ThemeColor('charts.purple'),
        overviewRulerLane: vscode.OverviewRulerLane.Full,
        after: { color: new vscode.ThemeColor('fred.changedHereForeground'), margin: '0 0 0 2em', fontStyle: 'italic' },
    });
    private readonly subscriptions: vscode.Disposable[];

    constructor(private readonly sessions: Sessions) {
        const draw = (): void => { this.draw(vscode.window.visibleTextEditors); };
        this.subscriptions = [
            this.kind, sessions.onDidChange(change => { if (change === 'timeline' || change === 'ended') { draw(); } }), vscode.window.onDidChangeVisibleTextEditors(draw),
        ];
    }

    dispose(): void {
        this.subscriptions.forEach(each => { each.dispose(); });
    }

    private draw(editors: readonly vscode.TextEditor[]): void {
        const model = this.sessions.current?.model;
        for (const editor of editors) {
            const here = (model?.found ?? []).filter(each => each.file === editor.document.uri.fsPath && each.line && each.line <= editor.document.lineCount);
            editor.setDecorations(this.kind, here.map(each => this.optionsOf(editor.document, model?.expression ?? '', each)));
        }
    }

    private optionsOf(document: vscode.TextDocument, expression: string, each: Transition): vscode.DecorationOptions {
        const hover = new vscode.MarkdownString(undefined, true);
        hover.appendText(`Tick ${each.tick}: this statement changes ${expression}\nbefore: ${each.before}\nafter: ${each.after}\n\n`);
        hover.appendMarkdown(`[Go there](command:fred.goThere?${encodeURIComponent(JSON.stringify([{ goal: { tick: each.tick } }]))}) · [Clear](command:fred.clearChange)`);
        hover.isTrusted = { enabledCommands: ['fred.goThere', 'fred.clearChange'] };
        return { range: document.lineAt(each.line! - 1).range, hoverMessage: hover, renderOptions: { after: { contentText: decorationOf(expression, each) } } };
    }
}
