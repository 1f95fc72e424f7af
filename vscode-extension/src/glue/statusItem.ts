import * as vscode from 'vscode';
import { statusOf } from '../core/status';
import type { Sessions } from './sessions';

/** The badge in the status bar: where in time the program is, and the way back. */
export class StatusItem implements vscode.Disposable {
    private readonly item = vscode.window.createStatusBarItem('fred.time', vscode.StatusBarAlignment.Left, 1000);
    private readonly subscription: vscode.Disposable;

    constructor(sessions: Sessions) {
        this.item.name = 'Fred: Place in Time';
        this.subscription = sessions.onDidChange(() => {
            const model = sessions.current?.model;
            const status = model && statusOf(model);
            if (!model || !status) {
                this.item.hide();
                return;
            }
            this.item.text = status.text;
            this.item.tooltip = status.tooltip;
            this.item.backgroundColor = status.past ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
            this.item.command = model.progress ? 'fred.cancelSearch' : status.past ? 'fred.returnToLive' : undefined;
            this.item.show();
        });
    }

    dispose(): void {
        this.subscription.dispose();
        this.item.dispose();
    }
}
