import * as vscode from 'vscode';
import { type Row, treeOf } from '../core/tree';
import type { Sessions } from './sessions';

/** The tree of checkpoints, branches and bookmarks in the debug side bar. */
export class HistoryTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
    private readonly changed = new vscode.EventEmitter<undefined>();
    private readonly subscriptions: vscode.Disposable[] = [];
    readonly onDidChangeTreeData = this.changed.event;

    constructor(private readonly sessions: Sessions) {
        this.subscriptions.push(
            vscode.window.createTreeView('fred.history', { treeDataProvider: this, showCollapseAll: true }),
            sessions.onDidChange(change => {
                if (change === 'timeline' || change === 'ended') {
                    this.changed.fire(undefined);
                }
            }));
    }

    getChildren(row?: Row): Row[] {
        const model = this.sessions.current?.model;
        return [...(row ? row.children ?? [] : treeOf(model?.timeline, model?.found ?? []))];
    }

    getTreeItem(row: Row): vscode.TreeItem {
        const hasChildren = (row.children?.length ?? 0) > 0;
        const item = new vscode.TreeItem(row.label, hasChildren ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None);
        item.id = row.id;
        item.iconPath = new vscode.ThemeIcon(row.icon);
        if (row.description !== undefined) {
            item.description = row.description;
        }
        if (row.tooltip !== undefined) {
            item.tooltip = row.tooltip;
        }
        if (row.context !== undefined) {
            item.contextValue = row.context;
        }
        if (row.goal) {
            item.command = { command: 'fred.goThere', title: 'Go There', arguments: [row] };
        }
        return item;
    }

    dispose(): void {
        [...this.subscriptions, this.changed].forEach(each => { each.dispose(); });
    }
}
